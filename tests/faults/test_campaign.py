"""One story on a whole platform, killed on both sides of vendors' calls and a few times besides."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from libs import crashpoint
from tests.faults.campaign import Campaign, Platform, platform

SEED = int(os.environ.get("SEED", "1"))


@pytest.fixture
def on() -> Iterator[Platform]:
    """A platform of the test's own."""
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as folder:
        Path(folder).chmod(0o711)
        with platform(Path(folder)) as made:
            yield made


@pytest.mark.timeout(400)
async def test_a_story_survives_kills_around_vendors(on: Platform) -> None:
    """Three of the points that do not stand in `libs`, a service, a relay with its consumer."""
    random = Random(f"{SEED} vendors")
    others = sorted(point.name for point in crashpoint.points() if "_gateway" in point.file)
    deck = [*random.sample(others, 3), "session_service", "session_service-background"]
    said: list[str] = []
    campaign = Campaign(on, said.append)
    await campaign.run(random, stories=1, deck=deck)
    assert campaign.figures.verdict.clean, str(campaign.figures.verdict)
    assert campaign.figures.answers[500] == 0
    assert campaign.figures.kills >= 4, said
