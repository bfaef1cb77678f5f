"""Password hashing: argon2id with OWASP's parameters (46 MiB, t=1, p=1), off the event loop.

Source: OWASP Password Storage Cheat Sheet.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
A = TypeVarTuple("A")


class Passwords:
    """Hashes and verifies in threads of its own; argon2 releases the interpreter lock meanwhile."""

    def __init__(self, threads: int) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The encoded hash of a password; about 45 ms of CPU."""
        return await self._call(self._hasher.hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash it takes the same time, and says no."""
        return (
            await self._call(self._verify, encoded or self._nobody, password)
            and encoded is not None
        )

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _call(self, function: Callable[[*A], T], *arguments: *A) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False)
