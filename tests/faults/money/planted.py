"""Known bugs of payments, planted in a copy of the tree: the campaign finds each of them. They take
minutes, so that `make faults` plays them, and `make test` does not.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from tests.faults.copies import copy_with
from tests.faults.money.campaign import Figures, MoneyCampaign
from tests.faults.money.cases import Case, Decision, Way
from tests.faults.money.stage import HTTP, open_market
from tests.stack import Stack

pytestmark = pytest.mark.timeout(240)
PATCHES = Path(__file__).parent / "mutants"
FOUND = {
    "paid_again_by_the_second_webhook": "webhook not taken: HTTP 500",
    "wallet_payment_without_its_key": "one key was answered with",
}
"""What the model says of each."""
CASES = [
    Case(
        (way,), Decision.NONE, early=False, twice=False, declined=False, resent=True,
        topped_up=way is Way.WALLET, seed=f"{number}",
    )
    for number, way in enumerate([*Way] * 4)
]  # fmt: skip
SOON = 10.0
"""What is wrong stays so: nobody has to wait for it."""


async def play(stack: Stack, tree: Path, folder: Path, settle_seconds: float) -> Figures:
    """Eight classes, and one kill."""
    async with stack.passing(), open_market(stack, folder, tree) as (stage, stand):
        campaign = MoneyCampaign(stage, stand, stack, "planted", lambda _: None, settle_seconds)
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
async def test_p_a4_p_a5_a_planted_bug_is_found(stack: Stack, folder: Path, name: str) -> None:
    figures = await play(stack, copy_with(PATCHES / f"{name}.patch", folder), folder, SOON)
    assert any(FOUND[name] in line for line in figures.faults), figures.faults


async def test_p_a4_p_a5_the_same_without_them_finds_nothing(stack: Stack, folder: Path) -> None:
    figures = await play(stack, ROOT, folder, 90.0)
    assert figures.clean, figures.faults
