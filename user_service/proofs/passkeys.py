"""Passkeys (WebAuthn level 3): options for the browser, and checks of what comes back.

The only module that imports the WebAuthn library, on first use: most processes never need it. A
challenge's token is the WebAuthn challenge too, so that one value binds both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs import log
from user_service.accounts.models import Account
from user_service.proofs.errors import FactorRefused
from user_service.proofs.models import Passkey
from user_service.proofs.schemas import Assertion, Attestation
from user_service.settings import Settings

NAME = "StudyZed"
TIMEOUT_MS = 300_000

logger = log.get(__name__)


@dataclass(frozen=True)
class Registered:
    """A new passkey's checked data."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool


@dataclass(frozen=True)
class Answer:
    """A use of a passkey for a challenge; `passwordless` when it stands for the password too."""

    credential: Assertion
    challenge: str
    passwordless: bool = False


@dataclass(frozen=True)
class Asserted:
    """A checked use of a passkey."""

    sign_count: int
    backed_up: bool


def registration_options(
    settings: Settings, account: Account, known: Sequence[Passkey], challenge: str
) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON` for a new passkey of an account."""
    import webauthn  # noqa: PLC0415  (5 MB, see above)
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=settings.rp_id,
        rp_name=NAME,
        user_id=account.id.bytes,
        user_name=account.username,
        user_display_name=account.name or account.username,
        challenge=webauthn.base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json_dict(options)


def request_options(
    settings: Settings, allowed: Sequence[Passkey], challenge: str, *, passwordless: bool = False
) -> dict[str, Any]:
    """`PublicKeyCredentialRequestOptionsJSON` for the use of a passkey: one of `allowed`, or any
    discoverable one when it is to stand for the password too.
    """
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes, options_to_json_dict  # noqa: PLC0415
    from webauthn.helpers.structs import UserVerificationRequirement as Wanted  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=settings.rp_id,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(allowed),
        user_verification=Wanted.REQUIRED if passwordless else Wanted.PREFERRED,
    )
    return options_to_json_dict(options)


def _descriptors(known: Sequence[Passkey]) -> list[Any]:
    from webauthn.helpers import structs  # noqa: PLC0415

    return [
        structs.PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[structs.AuthenticatorTransport(name) for name in passkey.transports]
            or None,
        )
        for passkey in known
    ]


def known_transports(names: Sequence[str]) -> list[str]:
    """Those of a browser's transports that the standard has."""
    from webauthn.helpers.structs import AuthenticatorTransport  # noqa: PLC0415

    return [name for name in dict.fromkeys(names) if name in set(AuthenticatorTransport)]


def check_registration(settings: Settings, challenge: str, sent: Attestation) -> Registered:
    """The data of a new passkey. Raises `FactorRefused` when anything about it is not right."""
    import webauthn  # noqa: PLC0415

    try:
        found = webauthn.verify_registration_response(
            credential=sent.model_dump(exclude_none=True),
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
        )
    except Exception as error:  # the library parses bytes of strangers: many things can go wrong
        logger.info("passkey_not_registered", reason=type(error).__name__)
        raise FactorRefused from error
    return Registered(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        found.credential_backed_up,
    )


def check_assertion(settings: Settings, passkey: Passkey, answer: Answer) -> Asserted:
    """The use of a passkey. Raises `FactorRefused`, also when its counter has not risen (a copy may
    be in use), and without user verification where the passkey stands for the password too.
    """
    import webauthn  # noqa: PLC0415

    try:
        found = webauthn.verify_authentication_response(
            credential=answer.credential.model_dump(exclude_none=True),
            expected_challenge=webauthn.base64url_to_bytes(answer.challenge),
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=answer.passwordless,
        )
    except Exception as error:
        logger.info("passkey_not_asserted", reason=type(error).__name__)
        raise FactorRefused from error
    return Asserted(found.new_sign_count, found.credential_backed_up)


def credential_id(sent: Assertion | Attestation) -> bytes:
    """Which credential is spoken of. Raises `FactorRefused` when that is no base64url."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    try:
        return base64url_to_bytes(sent.rawId)
    except ValueError as error:
        raise FactorRefused from error


def is_of(account_id: UUID, answer: Answer) -> bool:
    """Whether the authenticator names this account as the passkey's owner; one that names nobody
    will do where the account is known otherwise (WebAuthn level 3, section 7.2, step 6).
    """
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    handle = answer.credential.response.userHandle
    if handle is None:
        return not answer.passwordless
    try:
        return base64url_to_bytes(handle) == account_id.bytes
    except ValueError:
        return False
