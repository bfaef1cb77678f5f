"""Codes to check in by: another one every 30 seconds, drawn from a lesson's own secret.

As a time-based one-time password (RFC 6238), with letters: an HMAC over the lesson and the step.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

STEP = timedelta(seconds=30)
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Those that nobody confuses: no 0 or O, 1, I or L."""
LENGTH = 6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_of(now: datetime) -> int:
    """The number of the step in which an instant lies."""
    return (now - EPOCH) // STEP


def next_step(now: datetime) -> datetime:
    """When the next step begins."""
    return EPOCH + (step_of(now) + 1) * STEP


def code_of(secret: bytes, lesson_id: UUID, step: int) -> str:
    """The code of one step of one lesson."""
    message = lesson_id.bytes + step.to_bytes(8, "big")
    number = int.from_bytes(hmac.digest(secret, message, hashlib.sha256), "big")
    letters = []
    for _ in range(LENGTH):
        number, which = divmod(number, len(LETTERS))
        letters.append(LETTERS[which])
    return "".join(letters)


def is_good(secret: bytes, lesson_id: UUID, now: datetime, given: str) -> bool:
    """Whether a code is that of this step or of the one before."""
    typed = "".join(one for one in given.upper() if one.isascii() and one.isalnum())
    wanted = [code_of(secret, lesson_id, step_of(now) - ago) for ago in (0, 1)]
    return any(hmac.compare_digest(one, typed) for one in wanted)
