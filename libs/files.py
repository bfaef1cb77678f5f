"""Files of our own, read without blocking the loop."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio

CHUNK = 65_536


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes, chunk by chunk."""
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk
