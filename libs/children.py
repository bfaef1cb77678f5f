"""Runs a module of ours in a process of its own, for work whose libraries are too heavy to stay in
a worker: what they take is given back when the process ends.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 60.0
ENVIRONMENT = {
    # One thread: a pool for each would take memory and the other jobs' processors.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / f"studyzed-plots-{os.getuid()}"),
}
"""All that a child gets of an environment: no secret is in it."""


class ChildFailed(RuntimeError):
    """A child process has ended with an error, or was not done in time."""


async def run(module: str, body: bytes, seconds: float = SECONDS) -> bytes:
    """What `python -m module` writes when it reads `body`. Raises `ChildFailed`; it is killed after
    so many seconds, or when the caller is cancelled. Its standard error is our own, so that no
    failure is lost; no personal data may be in what a module says of one.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", module,
        env=ENVIRONMENT, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(body)
    except TimeoutError as error:
        raise ChildFailed(f"{module}: not done in {seconds:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ChildFailed(f"{module}: ended with {process.returncode}")
    return output
