"""Asking for a place: seats, the wait list, and many who ask at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from tests.session_service.world import World, open_world
from tests.stack import Stack, User
from tests.statements import statements


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    # A crowd waits for connections longer than a request otherwise would.
    async with open_world(stack, database_pool_timeout=60.0) as made:
        yield made


async def join(world: World, made: dict[str, Any], user: User, expect: int = 201) -> Any:
    return await world.post(
        user, "/v1/memberships", {"join_code": made["session_code"]}, expect=expect
    )


async def told(world: World, kind: str) -> list[str]:
    """Ids of the memberships that events of a kind speak of, in order."""
    statement = text(
        "SELECT body::jsonb -> 'data' ->> 'membership_id' FROM outbox "
        "WHERE body::jsonb ->> 'type' = :kind ORDER BY seq"
    )
    async with world.parts.database.transaction() as session:
        return list(await session.scalars(statement, {"kind": f"studyzed.membership.{kind}"}))


async def waiting(world: World, made: dict[str, Any]) -> list[str]:
    """Who waits, in the order of their places."""
    found = []
    cursor = ""
    while True:
        path = f"/v1/study-sessions/{made['id']}/memberships?state=waiting&limit=100{cursor}"
        page = await world.get(world.tutor, path)
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    seen = [await world.get(world.tutor, f"/v1/memberships/{one}") for one in found]
    places = [one["place"] for one in seen]
    assert sorted(places) == list(range(1, len(found) + 1))
    return [one for _, one in sorted(zip(places, found, strict=True))]


@pytest.mark.parametrize(("admission", "seated"), [("approve", "pending"), ("open", "approved")])
async def test_s_a1_200_parallel_joins_for_30_seats(
    world: World, stack: Stack, admission: str, seated: str
) -> None:
    made = await world.study_session()
    await world.seats(made, 30, admission)
    people = [stack.as_user("student") for _ in range(200)]
    found = await asyncio.gather(*(join(world, made, user) for user in people))
    assert Counter(one["state"] for one in found) == {seated: 30, "waiting": 170}
    arrived = await told(world, "waitlisted")
    assert len(arrived) == 170
    assert await waiting(world, made) == arrived
    assert len(await told(world, "requested" if admission == "approve" else "approved")) == 30


async def test_s_a1_joining_20_times_at_once_gives_one_membership(world: World) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    found = await asyncio.gather(*(join(world, made, world.student) for _ in range(20)))
    assert all(one == found[0] for one in found)
    assert found[0]["state"] == "pending"
    assert len(await told(world, "requested")) == 1
    page = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}/memberships")
    assert [one["id"] for one in page["items"]] == [found[0]["id"]]


async def test_s3_freed_seats_and_new_askers_race_without_a_seat_too_many(
    world: World, stack: Stack
) -> None:
    """Ten leave while 20 ask: the class stays full, and nobody who waited is overtaken."""
    made = await world.study_session()
    await world.seats(made, 10, "open")
    first = [stack.as_user("student") for _ in range(15)]
    inside = [await join(world, made, user) for user in first]
    before = await waiting(world, made)
    assert before == [one["id"] for one in inside[10:]]
    leaving = (
        world.post(user, f"/v1/memberships/{one['id']}/departure", expect=200)
        for user, one in zip(first[:10], inside[:10], strict=True)
    )
    asking = (join(world, made, stack.as_user("student")) for _ in range(20))
    await asyncio.gather(*leaving, *asking)
    page = await world.get(
        world.tutor, f"/v1/study-sessions/{made['id']}/memberships?state=approved&limit=100"
    )
    assert len(page["items"]) == 10
    arrived = await told(world, "waitlisted")
    promoted = await told(world, "promoted")
    assert promoted == arrived[: len(promoted)]
    assert await waiting(world, made) == arrived[len(promoted) :]


async def test_s1_a_class_that_is_not_open_takes_nobody(world: World, stack: Stack) -> None:
    for paid in (False, True):
        made = await world.study_session(paid=paid, approved=not paid)
        answer = await join(world, made, world.student, expect=409)
        assert answer["code"] == "study_session_not_open"
    made = await world.study_session()
    await world.seats(made, 1, "open")
    inside, waits = [stack.as_user("student") for _ in range(2)]
    membership = await join(world, made, inside)
    await join(world, made, waits)
    async with world.parts.database.transaction() as session:
        await session.execute(text("UPDATE study_sessions SET state = 'paused'"))
    answer = await join(world, made, world.student, expect=409)
    assert answer["code"] == "study_session_not_open"
    await world.post(inside, f"/v1/memberships/{membership['id']}/departure", expect=200)
    assert await told(world, "promoted") == []


@pytest.mark.parametrize("admission", ["approve", "open"])
async def test_joining_takes_as_many_statements_in_a_crowd_as_alone(
    world: World, stack: Stack, admission: str
) -> None:
    made = await world.study_session()
    await world.seats(made, 5, admission)
    await join(world, made, world.student)  # the statements are compiled by now
    counts = set()
    for _ in range(12):
        with statements() as seen:
            await join(world, made, stack.as_user("student"))
        counts.add(len(seen))
    assert counts == {7}
