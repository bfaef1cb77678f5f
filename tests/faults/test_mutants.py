"""Five known bugs, planted in a copy of the tree: a kill at the right point finds each of them."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from libs.crashpoint import CRASH
from tests.faults.copies import apply
from tests.faults.plans import ONE, WITH_WORKER
from tests.faults.scenario import Outcome, Plan, prepare
from tests.faults.subject import LOST_JOB
from tests.stack import Stack

pytestmark = pytest.mark.timeout(240)
PATCHES = Path(__file__).parent / "mutants"
FIRST, CONSUMER = ("writer", "relay"), [("consumer",)]
PLANS = {
    "offset_before_effect": Plan(CONSUMER, {CRASH: "inbox.after_insert"}, before=FIRST),
    "dedupe_after_commit": Plan(CONSUMER, {CRASH: "postgres.after_commit"}, before=FIRST),
    "consumer_without_inbox": Plan(
        CONSUMER, {CRASH: "consumer.after_effect_before_offset"}, before=FIRST
    ),
    # Not where letters are marked: the first ones may be jobs only.
    "mark_before_publish": Plan([ONE], {CRASH: "outbox.before_publish:2"}),
    # A sweep before the kill would send the same job twice, and the second copy would be done.
    "job_row_closed_early": Plan(WITH_WORKER, {CRASH: "jobs.before_run", LOST_JOB: "600"}),
}
FOUND = {
    "offset_before_effect": "lost: effect",
    "dedupe_after_commit": "doubled: effect",
    "consumer_without_inbox": "doubled: effect",
    "mark_before_publish": "lost: event",
    "job_row_closed_early": "lost: job",
}
Outcomes = Mapping[tuple[str, bool], "asyncio.Task[Outcome]"]


def plant(name: str, folder: Path) -> Path:
    """A copy of what a subject needs, with the bug in it."""
    for part in ("libs", "tests/faults", "tests/libs"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/__init__.py", folder / "tests")
    apply(PATCHES / f"{name}.patch", folder)
    return folder


@pytest.fixture(scope="module")
async def outcomes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """A task for each bug, and one for each kill without the bug."""
    places, preparing = asyncio.Semaphore(4), asyncio.Lock()
    folder = tmp_path_factory.mktemp("mutants")

    async def play(name: str, planted: bool) -> Outcome:
        kind = "with" if planted else "without"
        tree = await asyncio.to_thread(plant, name, folder / name) if planted else ROOT
        plan = PLANS[name]
        plan = Plan(plan.processes, plan.arming, before=plan.before, tree=tree)
        async with places:
            async with preparing:
                scenario = await prepare(stack, plan, folder / f"{name} {kind}")
            return await scenario.play()

    return {
        (name, planted): asyncio.create_task(play(name, planted))
        for name in PLANS
        for planted in (True, False)
    }


def test_each_patch_has_a_plan() -> None:
    assert {file.stem for file in PATCHES.glob("*.patch")} == set(PLANS)


@pytest.mark.parametrize("name", PLANS)
async def test_a_planted_bug_is_found(name: str, outcomes: Outcomes) -> None:
    outcome = await outcomes[name, True]
    assert FOUND[name] in str(outcome.verdict)


@pytest.mark.parametrize("name", PLANS)
async def test_the_same_kill_without_it_finds_nothing(name: str, outcomes: Outcomes) -> None:
    outcome = await outcomes[name, False]
    assert outcome.kills == 1
    assert outcome.verdict.clean, str(outcome.verdict)
