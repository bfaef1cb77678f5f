"""S1: from draft to archive, by the listed ways only, with one event each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from itertools import pairwise, product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.ids import new_id
from session_service.study_sessions import repository, service
from session_service.study_sessions.errors import AlreadyApproved, TransitionForbidden
from session_service.study_sessions.models import TRANSITIONS, StudySession
from session_service.study_sessions.schemas import State
from tests.session_service.world import World, open_world
from tests.stack import Stack

LISTED = {
    ("draft", "pending"): "created",
    ("pending", "active"): "activated",
    ("pending", "rejected"): "rejected",
    ("active", "suspended"): "suspended",
    ("suspended", "active"): "restored",
    ("active", "ended"): "ended",
    ("suspended", "ended"): "ended",
    ("ended", "archived"): "archived",
}
"""S1 once more, by hand."""
ACTS = ["submit", "approve", "pay", "reject", "suspend", "restore", "end", "archive"]


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


def in_state(state: str) -> StudySession:
    return StudySession(id=new_id(), state=state, revision=7, paid_at=None, approved_at=None)


@pytest.mark.parametrize(("here", "there"), list(product(State, State)))
def test_s1_only_listed_transitions(here: State, there: State) -> None:
    row = in_state(here.value)
    if (here.value, there.value) in LISTED:
        event = row.move(there)
        assert event.type == f"studyzed.study_session.{LISTED[here.value, there.value]}"
        assert (row.state, row.revision) == (there.value, 8)
    else:
        with pytest.raises(TransitionForbidden):
            row.move(there)
        assert (row.state, row.revision) == (here.value, 7)


def test_s1_the_table_is_the_features() -> None:
    assert {(a.value, b.value) for a, b in TRANSITIONS} == set(LISTED)


async def change(
    world: World, made: dict[str, Any], act: Callable[[StudySession], Any]
) -> StudySession:
    """Locks the class, acts on it and tells what the act returns."""

    async def work(session: AsyncSession) -> StudySession:
        row = await repository.lock(session, UUID(made["id"]))
        await service.tell(session, row, act(row))
        return row

    return await world.parts.database.run(work)


async def events_of(world: World, study_session_id: str) -> list[tuple[str, int]]:
    """Short types and revisions of what was told about a class, in order."""
    statement = text(
        "SELECT body::jsonb ->> 'type' AS type, body::jsonb -> 'data' ->> 'revision' AS revision "
        "FROM outbox WHERE key = :key ORDER BY seq"
    )
    async with world.parts.database.transaction() as session:
        rows = await session.execute(statement, {"key": study_session_id})
    return [(row.type.removeprefix("studyzed.study_session."), int(row.revision)) for row in rows]


async def test_s1_whole_life_over_http(world: World) -> None:
    body = {"name": "Maths", "draft": True}
    made = await world.post(world.tutor, "/v1/study-sessions", body)
    path = f"/v1/study-sessions/{made['id']}"
    assert made["state"] == "draft"
    assert await world.published() == []
    seen = await world.post(world.tutor, f"{path}/submission", expect=200)
    assert seen["state"] == "pending"
    await world.post(world.admin, f"{path}/approval", expect=200)
    await world.handle(world.paid(UUID(made["id"])))
    await world.parts.database.run(lambda s: service.suspend(s, UUID(made["id"])))
    assert (await world.get(world.tutor, path))["state"] == "suspended"
    await world.parts.database.run(lambda s: service.restore(s, UUID(made["id"])))
    assert (await world.get(world.tutor, path))["state"] == "active"
    ended = await world.post(world.tutor, f"{path}/end", expect=200)
    assert ended["state"] == "ended"
    assert ended["ended_at"] == world.clock.now().isoformat().replace("+00:00", "Z")
    seen = await world.post(world.tutor, f"{path}/archive", expect=200)
    assert seen["state"] == "archived"
    assert await events_of(world, made["id"]) == [
        ("created", 2),
        ("approved", 3),
        ("activated", 5),
        ("suspended", 6),
        ("restored", 7),
        ("ended", 8),
        ("archived", 9),
    ]


@pytest.mark.parametrize("act", ["submission", "end", "archive"])
async def test_s1_wrong_moment_is_a_named_conflict(world: World, act: str) -> None:
    made = await world.study_session(paid=False, approved=False)
    before = await events_of(world, made["id"])
    path = f"/v1/study-sessions/{made['id']}"
    answer = await world.post(world.tutor, f"{path}/{act}", expect=409)
    assert answer["code"] == "study_session_transition_forbidden"
    assert (await world.get(world.tutor, path))["state"] == "pending"
    assert await events_of(world, made["id"]) == before


async def test_s1_a_draft_waits_for_no_approval(world: World) -> None:
    made = await world.post(world.tutor, "/v1/study-sessions", {"name": "Maths", "draft": True})
    path = f"/v1/study-sessions/{made['id']}"
    answer = await world.post(world.admin, f"{path}/approval", expect=409)
    assert answer["code"] == "study_session_transition_forbidden"
    assert (await world.get(world.tutor, path))["approved_at"] is None


async def test_s1_a_rejected_class_is_not_opened_by_a_late_payment(world: World) -> None:
    made = await world.study_session(paid=False, approved=False)
    now = world.clock.now()
    await change(world, made, lambda row: row.reject(world.admin.id, "No syllabus.", now))
    await world.handle(world.paid(UUID(made["id"])))
    seen = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}")
    assert (seen["state"], seen["rejection_reason"]) == ("rejected", "No syllabus.")
    assert seen["paid_at"] is not None
    assert await events_of(world, made["id"]) == [("created", 1), ("rejected", 2)]


@pytest.mark.parametrize("state", ["suspended", "ended"])
async def test_s1_nobody_joins_or_sets_work_unless_active(world: World, state: str) -> None:
    made = await world.study_session()
    now = world.clock.now()
    if state == "ended":
        await change(world, made, lambda row: row.end(now))
    else:
        await change(world, made, lambda row: row.move(State.SUSPENDED))
    code = "class_suspended" if state == "suspended" else "study_session_not_open"
    body = {"join_code": made["session_code"]}
    answer = await world.post(world.student, "/v1/memberships", body, expect=409)
    assert answer["code"] == code
    body = {"study_session_id": made["id"], "title": "x", "due_at": "2999-01-01T00:00:00Z"}
    answer = await world.post(world.tutor, "/v1/tasks", body, expect=409)
    assert answer["code"] == code


async def test_s1_competing_transitions_have_one_winner(world: World) -> None:
    made = await world.study_session()
    path, key = f"/v1/study-sessions/{made['id']}", UUID(made["id"])
    ends = [world.client.post(f"{path}/end", headers=world.tutor.headers) for _ in range(6)]
    rests = [world.parts.database.run(lambda s: service.suspend(s, key)) for _ in range(4)]
    answers = await asyncio.gather(*ends, *rests, return_exceptions=True)
    statuses = sorted(one.status_code for one in answers[:6])  # type: ignore[union-attr]
    assert statuses == [200, 409, 409, 409, 409, 409]
    told = await events_of(world, made["id"])
    types = [name for name, _ in told]
    assert types[:3] == ["created", "approved", "activated"]
    assert types[3:] in (["ended"], ["suspended", "ended"])
    assert [revision for _, revision in told] == sorted({revision for _, revision in told})


async def test_s1_approval_and_rejection_race_to_one_end(world: World) -> None:
    made = await world.study_session(approved=False)
    now = world.clock.now()
    path = f"/v1/study-sessions/{made['id']}/approval"
    answers = await asyncio.gather(
        *(world.client.post(path, headers=world.admin.headers) for _ in range(4)),
        *(
            change(world, made, lambda row: row.reject(world.admin.id, "No.", now))
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    state = (await world.get(world.tutor, f"/v1/study-sessions/{made['id']}"))["state"]
    types = [name for name, _ in await events_of(world, made["id"])]
    won = sum(isinstance(one, StudySession) for one in answers)
    if state == "active":
        assert (won, types) == (0, ["created", "approved", "activated"])
    else:
        assert (state, won, types) == ("rejected", 1, ["created", "rejected"])


def acts_on(
    world: World, made: dict[str, Any]
) -> dict[str, Callable[[AsyncSession], Awaitable[Any]]]:
    """Every act by name, as its caller would do it."""
    key, now = UUID(made["id"]), world.clock.now()
    tutor = Principal(world.tutor.id, world.tutor.code, Role.TUTOR, new_id(), now)
    admin = Principal(world.admin.id, world.admin.code, Role.ADMIN, new_id(), now)

    async def reject(session: AsyncSession) -> None:
        row = await repository.lock(session, key)
        await service.tell(session, row, row.reject(admin.account_id, "No.", now))

    return {
        "submit": lambda s: service.submit(s, tutor, key),
        "approve": lambda s: service.approve(s, admin, key, now),
        "pay": lambda s: service.pay(s, key, now),
        "reject": reject,
        "suspend": lambda s: service.suspend(s, key),
        "restore": lambda s: service.restore(s, key),
        "end": lambda s: service.end(s, key, now),
        "archive": lambda s: service.archive(s, tutor, key),
    }


@settings(max_examples=30)
@given(draft=st.booleans(), names=st.lists(st.sampled_from(ACTS), max_size=12))
async def test_s1_any_sequence_takes_listed_ways_with_one_event_each(
    world: World, draft: bool, names: list[str]
) -> None:
    made = await world.post(world.tutor, "/v1/study-sessions", {"name": "Maths", "draft": draft})
    acts, path = acts_on(world, made), f"/v1/study-sessions/{made['id']}"
    states = [made["state"]]
    for name in names:
        with suppress(AlreadyApproved, TransitionForbidden):
            await world.parts.database.run(acts[name])
        states.append((await world.get(world.tutor, path))["state"])
    expected = [] if draft else ["created"]
    expected += [LISTED[step] for step in pairwise(states) if step[0] != step[1]]
    told = await events_of(world, made["id"])
    assert [name for name, _ in told if name != "approved"] == expected
    assert len({revision for _, revision in told}) == len(told)
    assert told == sorted(told, key=lambda one: one[1])
    opened = await world.get(world.tutor, path)
    if "activated" in expected:
        assert opened["paid_at"] is not None
        assert opened["approved_at"] is not None
