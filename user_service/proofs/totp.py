"""Codes by time (RFC 6238): SHA-1, six digits, 30 seconds, one step early or late; what every
authenticator app takes.

The step's length is RFC 6238's recommendation (section 5.2), which also allows one step of delay.
"""

from datetime import datetime

from cryptography.fernet import InvalidToken
from pyotp import TOTP, random_base32
from pyotp.exceptions import OTPVerificationError

from user_service.keys.service import seal

ISSUER = "StudyZed"
STEP_SECONDS = 30
WINDOW = 1


def draw() -> str:
    """A fresh secret: 160 bits in base32 (RFC 4226, section 4, R6)."""
    return random_base32()


def sealed(key_secret: str, secret: str) -> str:
    """The secret as it is kept."""
    return seal(key_secret).encrypt(secret.encode()).decode()


def uri(secret: str, username: str) -> str:
    """What an authenticator app reads as a QR code."""
    return TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def step_of(key_secret: str, sealed_secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, of those that are good now; `None` if it is of none."""
    try:
        secret = seal(key_secret).decrypt(sealed_secret.encode()).decode()
        found: int = TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=WINDOW)
    except (OTPVerificationError, InvalidToken):
        return None
    return found
