"""Known bugs of refunds, planted in a copy of the tree: a kill at the right point finds each of
them. They take minutes, so that `make faults` plays them, and `make test` does not.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from tests.faults.campaign import SETTLE_SECONDS, platform
from tests.faults.copies import copy_with
from tests.faults.saga.campaign import Figures, SagaCampaign
from tests.faults.saga.cases import PAY, REJECT, Case

pytestmark = pytest.mark.timeout(400)
PATCHES = Path(__file__).parent / "mutants"
POINTS = {
    "refund_without_key": "refunds.before_result",
    "refund_told_before_it_is_made": "refunds.after_intent",
}
PAID_AND_REJECTED = Case(((PAY, 0.0), (REJECT, 0.5)), together=False, early=True, declined=False)
SOON = 100.0
"""The sweeper takes what has had no answer for half a minute, in another half."""


async def play(tree: Path, folder: Path, *points: str, settle_seconds: float) -> Figures:
    """As many refunds as points, each struck once."""
    with platform(folder, tree=tree) as on:
        campaign = SagaCampaign(on, lambda _: None, "planted", settle_seconds)
        await campaign.play([PAID_AND_REJECTED] * len(points), points)
    assert campaign.figures.points == dict.fromkeys(points, 1)
    assert campaign.figures.sums.due == len(points)
    return campaign.figures


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where other users' processes may pass."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_each_patch_has_a_point() -> None:
    assert {file.stem for file in PATCHES.glob("*.patch")} == set(POINTS)


async def test_p_a9_a_refund_without_its_key_is_found(folder: Path) -> None:
    """Its repeat is refused, since the money is back: it is given up as failed."""
    name = "refund_without_key"
    tree = copy_with(PATCHES / f"{name}.patch", folder)
    figures = await play(tree, folder, POINTS[name], settle_seconds=SOON)
    assert (figures.sums.made, figures.sums.stuck) == (1, 1)
    assert "refunds is {'failed': 1}, must be {'succeeded': 1}" in str(figures.sums.wrong)


async def test_p_a9_a_refund_told_before_it_is_made_is_found(folder: Path) -> None:
    """Everybody believes that the money is back."""
    name = "refund_told_before_it_is_made"
    tree = copy_with(PATCHES / f"{name}.patch", folder)
    figures = await play(tree, folder, POINTS[name], settle_seconds=SOON)
    assert (figures.sums.made, figures.sums.missing, figures.sums.wrong) == (0, 1, [])


async def test_p_a9_the_same_kills_without_them_find_nothing(folder: Path) -> None:
    figures = await play(ROOT, folder, *POINTS.values(), settle_seconds=SETTLE_SECONDS)
    assert figures.clean, [*figures.sums.wrong, str(figures.verdict)]
    assert figures.sums.made == len(POINTS)
