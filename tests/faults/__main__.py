"""`make faults`: all crash points and planted bugs; the broker away for ten minutes (`OUTAGE`, in
seconds; 0 leaves it out); then stories under fire, `RUNS` times; then the approval saga, ten
classes for each story, or `RUNS` of them with `ARGS=--only-saga`; then 200 attempts at assessments,
or `RUNS` of them with `ARGS=--only-attempts`; then the payments of 500 classes, or of `RUNS` with
`ARGS=--only-money`.

`KAFKA=apache` plays all of it against Apache Kafka, or prints why it cannot. Exits with 1 and the
`SEED` when anything is lost, doubled or out of order.
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

from deploy.kafka.jars import NotResolved, jars
from tests.faults.attempts.play import play as play_attempts
from tests.faults.campaign import Campaign, Stuck, platform
from tests.faults.money.play import play as play_money
from tests.faults.plans import VENDORS
from tests.faults.saga.campaign import POINTS, SagaCampaign
from tests.faults.saga.cases import deal

PLAYED = ("saga", "attempts", "money")
SHORT = [f"--ignore=tests/faults/{name}/test_campaign.py" for name in (".", *PLAYED)]
"""What `make test` plays, and this command at length."""
SAGAS = 10
"""Classes whose approval is played, for each story."""
ATTEMPTS = 200
"""Attempts at assessments that are played."""
PAYERS = 500
"""Classes whose payments are played."""


def say(line: object) -> None:
    """Prints one line at once, even into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outage", type=int, default=600, help="seconds without a broker; 0: none")
    parser.add_argument("--kafka", choices=["local", "apache"], default="local")
    parser.add_argument("--only-stories", action="store_true", help="leave all else out")
    parser.add_argument("--only-saga", action="store_true", help="as many sagas as RUNS")
    parser.add_argument("--only-attempts", action="store_true", help="as many attempts as RUNS")
    parser.add_argument("--only-money", action="store_true", help="as many payers as RUNS")
    wanted = parser.parse_args()
    apache_kafka = wanted.kafka == "apache"
    if apache_kafka and not _has_apache_kafka():
        return 0
    say(f"seed {wanted.seed}, {wanted.kafka} Kafka")
    if wanted.only_saga:
        return _sagas(wanted.runs, wanted.seed, apache_kafka=apache_kafka)
    if wanted.only_attempts or wanted.only_money:
        play = play_attempts if wanted.only_attempts else play_money
        return asyncio.run(play(wanted.runs, wanted.seed, say))
    return _all(wanted, apache_kafka=apache_kafka)


def _all(wanted: argparse.Namespace, *, apache_kafka: bool) -> int:
    failed = 0
    if not wanted.only_stories:
        failed += _tests("tests/faults", *SHORT, SEED=wanted.seed)
        failed += _tests(*(f"tests/faults/{name}/planted.py" for name in PLAYED))
    if wanted.outage and not wanted.only_stories:
        failed += _tests("tests/outages/test_broker.py", OUTAGE_SECONDS=wanted.outage)
    if wanted.runs:
        failed += _stories(wanted.runs, wanted.seed, apache_kafka=apache_kafka)
        failed += _sagas(SAGAS * wanted.runs, wanted.seed, apache_kafka=apache_kafka)
        failed += asyncio.run(play_attempts(ATTEMPTS, wanted.seed, say))
        failed += asyncio.run(play_money(PAYERS, wanted.seed, say))
    if failed:
        again = f"make faults RUNS={wanted.runs} SEED={wanted.seed}"
        say(f"FAILED: play it again with `{again}{' KAFKA=apache' * apache_kafka}`")
    return int(bool(failed))


def _has_apache_kafka() -> bool:
    """Whether it can be had here; the tests are told to take it."""
    try:
        jars()
    except NotResolved as reason:
        say(f"skipped: {reason}")
        return False
    os.environ["STUDYZED_TEST_KAFKA"] = "apache"
    return True


def _tests(*words: str, **variables: object) -> int:
    """Runs pytest; returns its exit status."""
    environment = os.environ | {name: str(value) for name, value in variables.items()}
    command = [sys.executable, "-m", "pytest", *words]
    return subprocess.run(command, env=environment, check=False).returncode


def _stories(runs: int, seed: int, *, apache_kafka: bool) -> int:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        Path(folder).chmod(0o711)
        with platform(Path(folder), apache_kafka=apache_kafka) as on:
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


def _sagas(runs: int, seed: int, *, apache_kafka: bool) -> int:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        Path(folder).chmod(0o711)
        with platform(Path(folder), apache_kafka=apache_kafka) as on:
            campaign = SagaCampaign(on, say, str(seed))
            try:
                asyncio.run(campaign.play(deal(seed, runs)))
                stuck = ""
            except Stuck as failure:
                stuck = str(failure)
    figures = campaign.figures
    say(f"{figures}; {time.monotonic() - begun:.0f} s")
    say(f"killed from outside: {dict(figures.struck)}")
    say(f"killed at: {dict(figures.points)}")
    say(f"never reached: {sorted(set(POINTS) - set(figures.points))}")
    if stuck or not figures.clean:
        say("\n".join([stuck, *figures.sums.wrong, str(figures.verdict)]))
        return 1
    return 0


async def _runs(campaign: Campaign, runs: int, seed: int) -> str:
    """The first run kills on both sides of each vendor's call, the others draw their blows."""
    for number in range(runs):
        try:
            await campaign.run(Random(f"{seed}/{number}"), deck=() if number else VENDORS)
        except Stuck as failure:
            return f"run {number + 1}: {failure}"
        if not campaign.figures.verdict.clean:
            return f"run {number + 1}: {campaign.figures.verdict}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
