"""A store is killed and started again while people work: some requests fail, as announced; nothing
that was acknowledged is lost, and no process needs a restart.
"""

import asyncio

import pytest

from tests.kafka.conftest import Report
from tests.outages.duration import PAUSE, STORE_SECONDS, TIMEOUT
from tests.outages.load import open_load
from tests.outages.platform import Platform
from tests.outages.verdict import check


@pytest.mark.timeout(TIMEOUT)
@pytest.mark.parametrize("store", ["postgres", "mongo", "redis"])
async def test_a_store_restarts_under_load(store: str, platform: Platform, report: Report) -> None:
    load = await open_load(platform, PAUSE)
    children = {name: child.pid for name, child in platform.children.items()}
    working = asyncio.create_task(load.run())
    for _ in range(2):
        await asyncio.sleep(1.5)
        await platform.ground.kill(store)
        await asyncio.sleep(STORE_SECONDS)
        await platform.ground.start(store)
    await platform.ready()
    done = sum(len(room.tasks) + len(room.reads) for room in load.classes)
    await asyncio.sleep(2)
    load.stop()
    await working
    tasks = await check(load)
    assert sum(len(room.tasks) + len(room.reads) for room in load.classes) > done
    assert {name: child.pid for name, child in platform.children.items()} == children
    assert all(child.returncode is None for child in platform.children.values())
    if store != "redis":  # a limit or a hint is missed, and no request fails for it
        assert load.answers[503] > 0
    report(f"tasks {tasks}, answers {dict(load.answers)}, kills 2, lost 0, doubled 0")
