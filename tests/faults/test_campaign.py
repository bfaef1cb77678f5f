"""One story on a whole platform, killed on both sides of vendors' calls and a few times besides."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from tests.faults.campaign import Campaign, Platform, platform
from tests.faults.ledger import Ledger
from tests.faults.plans import VENDORS

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
    """Three of the points around vendors' calls, a service, a relay with its consumer."""
    random = Random(f"{SEED} vendors")
    deck = [*random.sample(VENDORS, 3), "session_service", "session_service-background"]
    said: list[str] = []
    campaign = Campaign(on, said.append)
    await campaign.run(random, stories=1, deck=deck)
    assert campaign.figures.verdict.clean, str(campaign.figures.verdict)
    assert campaign.figures.answers[500] == 0
    assert campaign.figures.kills >= 4, said
    await the_ledger_sees_what_is_spoiled(on, campaign)


async def the_ledger_sees_what_is_spoiled(on: Platform, campaign: Campaign) -> None:
    """Three faults made by hand in the stores of the story that was just found whole."""
    ledger = Ledger(on.environment, on.url)
    options: Any = {"uuidRepresentation": "standard"}
    client: Any = AsyncIOMotorClient(on.environment["MESSAGE_MONGO_URL"], **options)
    talk = client[on.environment["MESSAGE_MONGO_DATABASE"]]
    feed = client[on.environment["NOTIFICATION_MONGO_DATABASE"]]
    await talk["messages"].delete_one({"seq": 2})
    told = await feed["inbox"].find_one({"consumer": "notification_service"})
    await feed["inbox"].delete_one({"_id": told["_id"]})
    twice = await feed["notifications"].find_one({"kind": "task_set"})
    await feed["notifications"].delete_one({"_id": twice["_id"]})
    verdict = await ledger.check(campaign.plays)
    client.close()
    assert any(line.startswith("message (") for line in verdict.lost)
    assert any("never had" in line for line in verdict.lost)
    assert any("notification of studyzed.task.assigned" in line for line in verdict.lost)
    assert any("conversation has the numbers" in line for line in verdict.disordered)
