"""The broker is away while people work (X-A1)."""

import asyncio

import pytest

from tests.kafka.conftest import Report
from tests.outages.duration import OUTAGE_SECONDS, PAUSE, TIMEOUT
from tests.outages.load import open_load
from tests.outages.platform import SERVICES, Platform
from tests.outages.verdict import check
from tests.stack import eventually

DEPTH = "outbox_depth"


@pytest.mark.timeout(TIMEOUT)
async def test_x_a1_work_goes_on_while_the_broker_is_away(
    platform: Platform, report: Report
) -> None:
    load = await open_load(platform, PAUSE)
    working = asyncio.create_task(load.run())
    await asyncio.sleep(2)
    await platform.ground.kill("kafka")
    before = sum(len(room.tasks) for room in load.classes)
    await asyncio.sleep(OUTAGE_SECONDS)
    during = sum(len(room.tasks) for room in load.classes) - before
    await eventually(lambda: is_deep(platform), 30, every=0.2)
    assert load.answers.keys() == {200, 201}  # nobody notices
    await platform.bring_broker_back()
    await asyncio.sleep(2)
    load.stop()
    await working
    tasks = await check(load)
    await platform.ready()
    await eventually(lambda: is_shallow(platform), 30, every=0.2)
    assert during > 0
    report(f"tasks {tasks}, while the broker was away {during}, lost 0, doubled 0")


async def is_deep(platform: Platform) -> bool:
    return await platform.metric("session_service-background", DEPTH) > 0


async def is_shallow(platform: Platform) -> bool:
    names = [f"{service}-background" for service in SERVICES]
    depths = [await platform.metric(name, DEPTH) for name in names]
    lags = [await platform.metric(name, "consumer_lag") for name in names]
    return sum(depths) + sum(lags) == 0
