"""Pauses of a class: by its owner, and while its owner is blocked or leaving."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from libs.events.user import (
    AccountBlocked,
    AccountUnblocked,
    ErasureScheduled,
    ErasureUndone,
    UserEvent,
)
from libs.ids import new_id
from session_service.study_sessions import service
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import PauseCause, State
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

REVISIONS = count(2)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


def blocked(world: World, user: User) -> AccountBlocked:
    return AccountBlocked(
        account_id=user.id, user_code=user.code, role="tutor", until=None,
        blocked_at=world.clock.now(), revision=next(REVISIONS),
    )  # fmt: skip


def unblocked(world: World, user: User) -> AccountUnblocked:
    now = world.clock.now()
    return AccountUnblocked(
        account_id=user.id, user_code=user.code, role="tutor", blocked_at=now, unblocked_at=now,
        revision=next(REVISIONS),
    )  # fmt: skip


def leaving(world: World, user: User) -> ErasureScheduled:
    now = world.clock.now()
    return ErasureScheduled(
        account_id=user.id, due_at=now + timedelta(days=30), occurred_at=now,
        revision=next(REVISIONS),
    )  # fmt: skip


def staying(world: World, user: User) -> ErasureUndone:
    return ErasureUndone(
        account_id=user.id, occurred_at=world.clock.now(), revision=next(REVISIONS)
    )


async def see(world: World, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    return found


async def pause(world: World, made: dict[str, Any], act: str = "pause") -> dict[str, Any]:
    path = f"/v1/study-sessions/{made['id']}/{act}"
    found: dict[str, Any] = await world.post(world.tutor, path, expect=200)
    return found


async def told(world: World, made: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of pauses and resumptions of a class, in order; without what all events have."""
    statement = text(
        "SELECT body::jsonb AS body FROM outbox WHERE key = :key AND body::jsonb ->> 'type' "
        "IN ('studyzed.study_session.paused', 'studyzed.study_session.resumed') ORDER BY seq"
    )
    async with world.parts.database.transaction() as session:
        bodies = list(await session.scalars(statement, {"key": made["id"]}))
    common = {"study_session_id", "session_code", "tutor_id", "revision"}
    return [
        {name: value for name, value in body["data"].items() if name not in common}
        for body in bodies
    ]


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_s1_a_paused_class_takes_nothing_new(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    seen = await pause(world, made)
    assert (seen["state"], seen["paused_at"]) == ("active", stamp(world.clock.now()))
    body = {"study_session_id": made["id"], "title": "x", "due_at": "2999-01-01T00:00:00Z"}
    answer = await world.post(world.tutor, "/v1/tasks", body, expect=409)
    assert answer["code"] == "study_session_paused"
    body = {"join_code": made["session_code"]}
    answer = await world.post(world.student, "/v1/memberships", body, expect=409)
    assert answer["code"] == "study_session_paused"
    await world.post(world.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
    seen = await pause(world, made, "resume")
    assert seen["paused_at"] is None
    await world.task(made)


async def test_s1_pausing_twice_is_no_news(world: World) -> None:
    made = await world.study_session()
    at = stamp(world.clock.now())
    await asyncio.gather(*(pause(world, made) for _ in range(5)))
    world.clock.move(timedelta(hours=1))
    await asyncio.gather(*(pause(world, made, "resume") for _ in range(5)))
    assert await told(world, made) == [
        {"cause": "owner", "paused_at": at},
        {"paused_at": at, "resumed_at": stamp(world.clock.now()), "kept_seconds": 0},
    ]


async def test_s1_a_draft_is_not_paused(world: World) -> None:
    made = await world.post(world.tutor, "/v1/study-sessions", {"name": "Maths", "draft": True})
    path = f"/v1/study-sessions/{made['id']}/pause"
    answer = await world.post(world.tutor, path, expect=409)
    assert answer["code"] == "study_session_transition_forbidden"


@pytest.mark.parametrize(("begin", "end"), [(blocked, unblocked), (leaving, staying)])
async def test_s1_a_blocked_or_leaving_owners_classes_pause_and_keep_the_time(
    world: World, stack: Stack, begin: Any, end: Any
) -> None:
    made, other = await world.study_session(), await world.study_session(paid=False)
    world.tutor, owner = stack.as_user("tutor"), world.tutor
    foreign = await world.study_session()
    world.tutor = owner
    at = stamp(world.clock.now())
    await world.handle(begin(world, owner))
    assert [(await see(world, one))["paused_at"] for one in (made, other)] == [at, at]
    world.clock.move(timedelta(days=3))
    await world.handle(end(world, owner))
    assert [(await see(world, one))["paused_at"] for one in (made, other)] == [None, None]
    cause = "blocked" if begin is blocked else "leaving"
    now = stamp(world.clock.now())
    for one in (made, other):
        assert await told(world, one) == [
            {"cause": cause, "paused_at": at},
            {"paused_at": at, "resumed_at": now, "kept_seconds": 3 * 86_400},
        ]
    assert await told(world, foreign) == []


async def test_s1_an_end_of_a_block_resumes_only_what_it_paused(world: World) -> None:
    made, other = await world.study_session(), await world.study_session()
    at = stamp(world.clock.now())
    await pause(world, made)
    world.clock.move(timedelta(hours=1))
    await world.handle(blocked(world, world.tutor))
    world.clock.move(timedelta(hours=2))
    await world.handle(unblocked(world, world.tutor))
    assert (await see(world, made))["paused_at"] == at
    assert (await see(world, other))["paused_at"] is None
    world.clock.move(timedelta(hours=4))
    await pause(world, made, "resume")
    assert (await told(world, made))[-1] == {
        "paused_at": at, "resumed_at": stamp(world.clock.now()), "kept_seconds": 7_200,
    }  # fmt: skip


async def test_s1_an_owner_who_leaves_does_not_resume(world: World) -> None:
    made = await world.study_session()
    await world.handle(leaving(world, world.tutor))
    assert (await pause(world, made, "resume"))["paused_at"] is not None
    await world.handle(blocked(world, world.tutor))
    await world.handle(unblocked(world, world.tutor))
    assert (await see(world, made))["paused_at"] is not None
    await world.handle(staying(world, world.tutor))
    assert (await see(world, made))["paused_at"] is None


async def test_s1_a_block_replayed_late_changes_nothing(world: World) -> None:
    made = await world.study_session()
    old = blocked(world, world.tutor)
    await world.handle(unblocked(world, world.tutor))
    await world.handle(old)
    assert (await see(world, made))["paused_at"] is None
    assert await told(world, made) == []


async def test_s1_a_pause_ends_with_the_class(world: World) -> None:
    made = await world.study_session()
    await world.handle(blocked(world, world.tutor))
    key, now = UUID(made["id"]), world.clock.now()
    await world.parts.database.run(lambda s: service.end(s, key, now))
    await world.handle(unblocked(world, world.tutor))
    seen = await see(world, made)
    assert (seen["state"], seen["paused_at"]) == ("ended", None)
    assert len(await told(world, made)) == 1


async def test_s1_blocks_and_wishes_at_once_lose_nothing(world: World) -> None:
    classes = [await world.study_session() for _ in range(3)]
    events: list[UserEvent] = [blocked(world, world.tutor), leaving(world, world.tutor)]
    await asyncio.gather(
        *(world.handle(one) for one in events), *(pause(world, one) for one in classes)
    )
    for one in classes:
        assert len(await told(world, one)) == 1
    for done in (unblocked, staying):
        await world.handle(done(world, world.tutor))
    for one in classes:
        assert (await see(world, one))["paused_at"] is not None
        assert (await pause(world, one, "resume"))["paused_at"] is None
        assert len(await told(world, one)) == 2


STEPS = st.lists(
    st.tuples(st.sampled_from(PauseCause), st.booleans(), st.integers(0, 100_000)), max_size=20
)


@given(STEPS)
def test_s1_kept_time_is_that_of_causes_beyond_the_owners_will(
    steps: list[tuple[PauseCause, bool, int]],
) -> None:
    row = StudySession(
        id=new_id(), state=State.ACTIVE.value, revision=1, paused_for=[], kept_seconds=0
    )
    holds: set[PauseCause] = set()
    now, kept, changes = START, 0, 0
    for cause, begins, seconds in steps:
        now += timedelta(seconds=seconds)
        kept += seconds if holds - {PauseCause.OWNER} else 0
        was = bool(holds)
        changed = row.pause(cause, now) if begins else row.resume([cause], now)
        holds = holds | {cause} if begins else holds - {cause}
        assert changed == (was != bool(holds))
        assert (row.paused_at is not None) == bool(holds)
        changes += changed
    counted = row.kept_seconds
    if row.kept_from is not None:
        counted += int((now - row.kept_from).total_seconds())
    assert counted == kept
    assert row.paused_for == sorted(cause.value for cause in holds)
