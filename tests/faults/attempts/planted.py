"""Known bugs of attempts, planted in a copy of the tree: the campaign finds each of them. They take
minutes, so that `make faults` plays them, and `make test` does not.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from tests.faults.attempts.campaign import AttemptsCampaign, Figures
from tests.faults.attempts.cases import Case, End, Step
from tests.faults.attempts.stage import CAST, HTTP
from tests.faults.copies import copy_with
from tests.faults.stage import open_stage
from tests.stack import Stack

pytestmark = pytest.mark.timeout(240)
PATCHES = Path(__file__).parent / "mutants"
FOUND = {
    "acknowledged_before_commit": "is not seen",
    "closed_before_the_deadline": "too early",
    "taken_after_the_deadline": "counted late",
}
"""What the model says of each."""
LOOKING = ((Step.SAVE, 0.3), (Step.LOOK, 0.0)) * 4
CASES = [
    Case(LOOKING, (End.TOO_LATE, End.TO_THE_LAST)[n % 2], twice=False, extended=None, seed=f"{n}")
    for n in range(10)
]
SOON = 3.0
"""What is wrong stays so: nobody has to wait for it."""


async def play(stack: Stack, tree: Path, folder: Path, settle_seconds: float) -> Figures:
    """Ten attempts, and one kill."""
    async with stack.passing(), open_stage(stack, CAST, folder, tree) as stage:
        campaign = AttemptsCampaign(
            stage, stack, "planted", lambda _: None, settle_seconds=settle_seconds
        )
        async with campaign:
            await campaign.play(CASES, [HTTP])
    return campaign.figures


@pytest.fixture
def folder() -> Iterator[Path]:
    """For sources and logs."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as name:
        yield Path(name)


def test_each_patch_has_its_word() -> None:
    assert {file.stem for file in PATCHES.glob("*.patch")} == set(FOUND)


@pytest.mark.parametrize("name", FOUND)
async def test_r5_a_planted_bug_is_found(stack: Stack, folder: Path, name: str) -> None:
    figures = await play(stack, copy_with(PATCHES / f"{name}.patch", folder), folder, SOON)
    assert any(FOUND[name] in line for line in figures.faults), figures.faults


async def test_r5_the_same_without_them_finds_nothing(stack: Stack, folder: Path) -> None:
    figures = await play(stack, ROOT, folder, 90.0)
    assert figures.clean, figures.faults
