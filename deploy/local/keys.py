"""The secrets of one platform: made at its first start, kept in a file that only its user reads."""

import json
import secrets
from collections.abc import Callable, Mapping

from deploy.local.places import Place

Keys = Mapping[str, str]

MAKERS: Mapping[str, Callable[[], str]] = {
    "postgres_password": lambda: secrets.token_hex(24),
    "admin_password": lambda: secrets.token_urlsafe(12),
    "user_key_secret": lambda: secrets.token_urlsafe(36),
    "user_code_secret": lambda: secrets.token_urlsafe(36),
    "user_audit_secret": lambda: secrets.token_urlsafe(36),
    "session_code_secret": lambda: secrets.token_urlsafe(36),
    "payment_endpoint_secret": lambda: secrets.token_urlsafe(36),
    "objects_secret": lambda: secrets.token_urlsafe(36),
    "stripe_secret_key": lambda: "sk_test_" + secrets.token_hex(24),
    "stripe_webhook_secret": lambda: "whsec_" + secrets.token_hex(24),
}


class Unreadable(Exception):
    """The file of secrets is damaged; the message says what to do."""


def load(place: Place) -> Keys:
    """Returns all secrets; makes those that the file does not hold yet. Raises `Unreadable`."""
    kept: dict[str, str] = {}
    if place.keys.exists():
        try:
            kept = json.loads(place.keys.read_text())
            if not all(isinstance(value, str) and value for value in kept.values()):
                raise ValueError("not all values are strings")
        except (ValueError, AttributeError) as error:
            raise Unreadable(
                f"{place.keys} is damaged ({error}): put it back from a copy, "
                "or wipe all data with `make reset`"
            ) from error
    missing = [name for name in MAKERS if name not in kept]
    if missing:
        kept |= {name: MAKERS[name]() for name in missing}
        place.write_private(place.keys, kept)
    return kept


def throw_away() -> Keys:
    """Secrets for a stack that is gone in a minute."""
    return {name: make() for name, make in MAKERS.items()}
