"""Who waits gets a seat when the class has more of them, or gives seats again."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.events.base import Event
from session_service.background import HANDLERS
from session_service.study_sessions import service
from tests.session_service.world import World, open_world
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def deliver(world: World) -> int:
    """Gives to this service what it has told of classes and listens to itself; returns how many."""
    statement = text("SELECT body FROM outbox WHERE address = 'session.events' ORDER BY seq")
    async with world.parts.database.transaction() as session:
        bodies = list(await session.scalars(statement))
    events = [event for body in bodies if type(event := Event.from_wire(body)) in HANDLERS]
    for event in events:
        assert event is not None
        await world.handle(event)
    return len(events)


async def test_s3_a_higher_capacity_lets_in_who_waits(world: World, stack: Stack) -> None:
    made = await world.study_session()
    path = f"/v1/study-sessions/{made['id']}"
    await patch(world, path, {"capacity": 1, "admission": "open"})
    people = [stack.as_user("student") for _ in range(3)]
    body = {"join_code": made["session_code"]}
    states = [(await world.post(one, "/v1/memberships", body))["state"] for one in people]
    assert states == ["approved", "waiting", "waiting"]
    await patch(world, path, {"capacity": 2})
    for _ in range(2):  # events come at least once
        assert await deliver(world) == 2
    owned = [(await world.get(one, "/v1/memberships"))["items"][0]["state"] for one in people]
    assert owned == ["approved", "approved", "waiting"]


@pytest.mark.parametrize("stop", ["pause", "suspend"])
async def test_s3_a_class_that_goes_on_lets_in_who_waits(
    world: World, stack: Stack, stop: str
) -> None:
    made = await world.study_session()
    path, key = f"/v1/study-sessions/{made['id']}", UUID(made["id"])
    await patch(world, path, {"capacity": 1, "admission": "open"})
    people = [stack.as_user("student") for _ in range(2)]
    body = {"join_code": made["session_code"]}
    for one in people:
        await world.post(one, "/v1/memberships", body)
    await stop_or_go(world, path, key, stop)
    await patch(world, path, {"capacity": 2})
    await deliver(world)
    mine = "/v1/memberships"
    assert (await world.get(people[1], mine))["items"][0]["state"] == "waiting"
    await stop_or_go(world, path, key, "resume" if stop == "pause" else "restore")
    await deliver(world)
    assert (await world.get(people[1], mine))["items"][0]["state"] == "approved"


async def stop_or_go(world: World, path: str, key: UUID, act: str) -> None:
    if act in ("pause", "resume"):
        await world.post(world.tutor, f"{path}/{act}", expect=200)
    else:
        acts = {"suspend": service.suspend, "restore": service.restore}
        await world.parts.database.run(lambda session: acts[act](session, key))


async def patch(world: World, path: str, body: dict[str, Any]) -> None:
    answer = await world.client.patch(path, json=body, headers=world.tutor.headers)
    assert answer.status_code == 200, answer.text
