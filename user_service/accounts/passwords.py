"""Passwords: argon2id with OWASP's parameters (46 MiB, t=1, p=1), off the event loop.

Sources: OWASP Password Storage Cheat Sheet; NIST SP 800-63B, section 3.1.1.2 (length, normalisation
and a list of common passwords instead of rules of composition). Hashes that came from Django
(`pbkdf2_sha256$iterations$salt$hash`) are good once more, and are then replaced.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from libs.errors import FieldProblem
from user_service.accounts.errors import PasswordRefused

T = TypeVar("T")
A = TypeVarTuple("A")

SHORTEST, LONGEST = 10, 128
LEGACY = "pbkdf2_sha256$"
LEGACY_ITERATIONS = 870_000
"""What Django 5.1 makes; no refusal is faster than one of such a hash (see `even_out`)."""


NICENESS = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and whether its hash should be made anew. Ask for `right`: a
    verdict itself is always true.
    """

    right: bool
    outdated: bool = False


def _stand_back() -> None:
    """Lets the event loop go first: on Linux each thread has a niceness of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Passwords:
    """Hashes and verifies in threads of its own; both algorithms release the interpreter lock
    meanwhile.
    """

    def __init__(self, threads: int) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="passwords", initializer=_stand_back
        )
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The encoded hash of a password; about 45 ms of CPU."""
        return await self._call(self._hasher.hash, normalised(password))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash it takes the time of a present-day one, and
        says no.
        """
        return (await self.judge(encoded, password)).right

    async def judge(self, encoded: str | None, password: str) -> Verdict:
        """As `verify`, and whether the hash is of old."""
        return await self._call(self._judge, encoded, password)

    async def even_out(self, encoded: str | None, password: str) -> None:
        """Takes the time by which `verify` was faster than for the slowest hash there may be, so
        that a refusal does not tell what was compared, or that nothing was.
        """
        await self._call(self._even_out, encoded, password)

    async def check_choice(self, password: str, *own: str) -> None:
        """Raises `PasswordRefused` for a common password, or one that is among the person's `own`
        names and addresses.
        """
        await self._call(_check_choice, normalised(password), own)

    def _judge(self, encoded: str | None, password: str) -> Verdict:
        for spelled in _spellings(password):
            if self._fits(encoded or self._nobody, spelled) and encoded is not None:
                return Verdict(True, spelled != normalised(password) or self._is_old(encoded))
        return Verdict(False)

    def _fits(self, encoded: str, password: str) -> bool:
        if encoded.startswith(LEGACY):
            return _fits_legacy(encoded, password)
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    def _is_old(self, encoded: str) -> bool:
        return encoded.startswith(LEGACY) or self._hasher.check_needs_rehash(encoded)

    def _even_out(self, encoded: str | None, password: str) -> None:
        legacy = (encoded or "").startswith(LEGACY)
        missing = LEGACY_ITERATIONS - (_read_legacy(encoded or "")[0] if legacy else 0)
        for spelled in _spellings(password):
            if legacy:
                self._fits(self._nobody, spelled)
            if missing > 0:
                hashlib.pbkdf2_hmac("sha256", spelled.encode(), b"even out", missing)

    async def _call(self, function: Callable[[*A], T], *arguments: *A) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False)


def normalised(password: str) -> str:
    """The form in which a password is hashed, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFC", password)


def _spellings(password: str) -> list[str]:
    """How a password may have been hashed: of old it was as it came."""
    return list(dict.fromkeys((normalised(password), password)))


def _read_legacy(encoded: str) -> tuple[int, str, bytes]:
    """Iterations, salt and digest of a Django hash; a broken one fits nothing."""
    try:
        _, iterations, salt, digest = encoded.split("$")
        return int(iterations), salt, base64.b64decode(digest, validate=True)
    except ValueError:
        return 1, "", b""


def _fits_legacy(encoded: str, password: str) -> bool:
    iterations, salt, digest = _read_legacy(encoded)
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), max(iterations, 1))
    return hmac.compare_digest(made, digest)


def _check_choice(password: str, own: tuple[str, ...]) -> None:
    wanted = password.casefold()
    names = {normalised(name).casefold() for name in own}
    names |= {name.partition("@")[0] for name in names}
    if wanted in names:
        detail = "choose something else than your own name or address"
        raise PasswordRefused(fields=[FieldProblem("/password", "password_own", detail)])
    if wanted in common():
        detail = "this is one of the most common passwords: choose another one"
        raise PasswordRefused(fields=[FieldProblem("/password", "password_common", detail)])


@cache
def common() -> frozenset[str]:
    """The most common passwords that are long enough, by zxcvbn's list of 30,000."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  (16 MB, and seldom needed)

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)
