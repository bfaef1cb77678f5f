"""Runs `squares.py` in a process of its own."""

import asyncio
import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.squares import REFUSED, Refused

PROGRAM = Path(__file__).with_name("squares.py")
SECONDS = 60
"""By the wall's clock; the processor's time is bounded by the program itself."""


async def squares(body: bytes, edges: Sequence[int]) -> dict[int, bytes]:
    """WebP pictures by their edge in pixels. Raises `Refused`; also for what breaks a decoder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-B", str(PROGRAM), *map(str, edges),
        env={}, cwd="/",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate(body)
    except TimeoutError as error:
        raise Refused("unreadable") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == REFUSED:
        raise Refused(output.decode())
    if process.returncode != 0:
        raise Refused("unreadable")
    return {int(edge): base64.b64decode(data) for edge, data in json.loads(output).items()}
