"""The signature of a webhook by the Standard Webhooks specification
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
HMAC-SHA256 over `id.timestamp.body`, one signature for each secret that is valid now.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from payment_service.endpoints.secrets import PREFIX


def headers(webhook_id: str, body: str, at: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that belong to a body sent at an instant. `secrets` are whole, newest first."""
    seconds = str(int(at.timestamp()))
    signed = f"{webhook_id}.{seconds}.{body}".encode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
