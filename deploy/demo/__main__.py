"""`python -m deploy.demo`: plays the story and says how long each step took. Exits 0 only if every
step was seen to happen.
"""

import asyncio
import sys
import time
from contextlib import asynccontextmanager

import httpx
from rich.console import Console
from websockets.exceptions import WebSocketException

from deploy.demo.client import NotSeen
from deploy.demo.exam import cast
from deploy.demo.platform import NotReady, platform

console = Console(highlight=False)


async def play(url: str, admin_password: str) -> None:
    """Plays all steps. Raises `NotSeen`."""
    begun = time.monotonic()
    async with asynccontextmanager(cast)(url, admin_password) as story:
        steps = story.steps()
        for number, (title, action) in enumerate(steps, 1):
            started = time.monotonic()
            try:
                seen = await action()
            except NotSeen:
                console.print(f"[red]✗ {number:2} {title}[/]")
                raise
            took = (time.monotonic() - started) * 1000
            console.print(f"[green]✓[/] {number:2} {title} [dim]{took:.0f} ms[/]")
            for line in seen:
                console.print(f"     {line}", style="dim", markup=False)
    total = time.monotonic() - begun
    console.print(f"[green]All {len(steps)} steps were seen to happen[/] in {total:.1f} s.")


def main() -> int:
    """The command line; returns the exit status."""
    try:
        with platform() as found:
            console.print(f"Playing on {found.url}")
            asyncio.run(play(found.url, found.admin_password))
    except (NotSeen, NotReady) as failure:
        console.print(str(failure), style="red", markup=False)
        return 1
    except (httpx.HTTPError, WebSocketException, OSError) as failure:
        console.print(f"the platform went away: {failure!r}", style="red", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
