"""`make faults RUNS=… SEED=…`: all crash points, the planted bugs, then stories under fire.

Exits with 1 and the seed when anything is lost, doubled or out of order.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.faults.campaign import Campaign, Stuck, platform


def say(line: object) -> None:
    """Prints one line at once, even into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-stories", action="store_true", help="leave the points out")
    wanted = parser.parse_args()
    say(f"seed {wanted.seed}")
    points = 0 if wanted.only_stories else _points(wanted.seed)
    stories = _stories(wanted.runs, wanted.seed)
    if points or stories:
        say(f"FAILED: play it again with `make faults RUNS={wanted.runs} SEED={wanted.seed}`")
    return int(bool(points or stories))


def _points(seed: int) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/faults",
        "--ignore=tests/faults/test_campaign.py",
    ]
    return subprocess.run(command, env={**os.environ, "SEED": str(seed)}, check=False).returncode


def _stories(runs: int, seed: int) -> int:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        Path(folder).chmod(0o711)
        with platform(Path(folder)) as on:
            campaign = Campaign(on, say)
            failed = asyncio.run(_runs(campaign, runs, seed))
    figures = campaign.figures
    say(f"{figures}; {time.monotonic() - begun:.0f} s")
    say(f"killed from outside: {dict(figures.struck)}")
    say(f"killed at: {dict(figures.points)}")
    if failed or not figures.verdict.clean:
        say(failed or figures.verdict)
        return 1
    return 0


async def _runs(campaign: Campaign, runs: int, seed: int) -> str:
    for number in range(runs):
        try:
            await campaign.run(Random(f"{seed}/{number}"))
        except Stuck as failure:
            return f"run {number + 1}: {failure}"
        if not campaign.figures.verdict.clean:
            return f"run {number + 1}: {campaign.figures.verdict}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
