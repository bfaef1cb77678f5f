"""Servers that keep what they have acknowledged, and can be killed under the feet of services."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from deploy.local import postgres_folder
from deploy.local.servers import Servers
from tests.stack import broker

T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """Four servers. Their parent is one thread: the kernel ends them with the thread they were
    started from, and the test's own loop must not stand still meanwhile.
    """

    servers: Servers
    thread: ThreadPoolExecutor

    async def _do(self, work: Callable[[str], T], name: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, name)

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        await self._do(self.servers.kill, name)

    async def stop(self, name: str) -> None:
        """In the orderly way."""
        await self._do(self.servers.stop, name)

    async def start(self, name: str) -> None:
        """On the old port, over the old data."""
        await self._do(self.servers.start, name)


@asynccontextmanager
async def open_ground() -> AsyncIterator[Ground]:
    """Runs the servers until the block ends."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread, tempfile.TemporaryDirectory(prefix="studyzed-") as folder:
        servers = Servers(Path(folder) / "servers", durable=True, broker=broker())
        await loop.run_in_executor(thread, servers.__enter__)
        try:
            yield Ground(servers, thread)
        finally:
            await loop.run_in_executor(thread, servers.__exit__, None, None, None)
            if postgres_folder.is_root():
                postgres_folder.wipe(servers.directory)
