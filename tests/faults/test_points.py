"""A kill at each crash point of `libs`, in real processes over real servers."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from libs import crashpoint
from tests.faults import gateways
from tests.faults.plans import plan_for
from tests.faults.scenario import Outcome, prepare
from tests.stack import Stack

pytestmark = pytest.mark.timeout(240)
SEED = int(os.environ.get("SEED", "1"))
AT_ONCE = 6
POINTS = {
    point.name: point
    for point in crashpoint.points()
    if point.file.startswith("libs/") and point.file != gateways.OF_ALL
}
"""Those of the object store's gateway are struck where objects are kept: see `test_lists.py`."""
Outcomes = Mapping[str, "asyncio.Task[Outcome]"]


@pytest.fixture(scope="module")
async def outcomes(
    request: pytest.FixtureRequest, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Outcomes:
    """A task for each point that this run asks for; a few of them run at a time."""
    places, preparing = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    folder = tmp_path_factory.mktemp("points")

    async def play(name: str) -> Outcome:
        async with places:
            async with preparing:
                scenario = await prepare(stack, plan_for(POINTS[name], SEED), folder / name)
            return await scenario.play()

    wanted = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__)
    ]
    return {name: asyncio.create_task(play(name)) for name in wanted}


@pytest.mark.parametrize("name", POINTS)
async def test_a_kill_at_a_point_of_libs(name: str, outcomes: Outcomes) -> None:
    """No event lost, none applied twice, order per key kept, jobs done, no answer a lie."""
    outcome = await outcomes[name]
    assert outcome.verdict.clean, str(outcome.verdict)
    assert outcome.verdict.events > 0
    assert outcome.kills == 1
