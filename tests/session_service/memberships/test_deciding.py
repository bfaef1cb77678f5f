"""What becomes of a membership: every transition that there is, and no other."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import text

from libs.clock import SystemClock
from libs.ids import new_id
from session_service.memberships import service
from session_service.memberships.errors import MembershipStateWrong
from session_service.memberships.models import TRANSITIONS, Act, Membership
from session_service.memberships.repository import lock_class
from session_service.memberships.schemas import MembershipState
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

PENDING, WAITING, APPROVED = "pending", "waiting", "approved"
DECLINED, REMOVED, LEFT = "declined", "removed", "left"
ALLOWED = {
    ("ask", DECLINED): {PENDING, WAITING, APPROVED},
    ("ask", LEFT): {PENDING, WAITING, APPROVED},
    ("promote", WAITING): {PENDING, APPROVED},
    ("approve", PENDING): {APPROVED},
    ("approve", DECLINED): {APPROVED},
    ("approve", REMOVED): {APPROVED},
    ("decline", PENDING): {DECLINED},
    ("decline", WAITING): {DECLINED},
    ("remove", APPROVED): {REMOVED},
    ("leave", PENDING): {LEFT},
    ("leave", WAITING): {LEFT},
    ("leave", APPROVED): {LEFT},
}


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


def test_s3_only_the_listed_transitions_exist() -> None:
    now = SystemClock().now()
    for act, state, to in product(Act, MembershipState, MembershipState):
        membership = Membership(
            id=new_id(), state=state.value, revision=4, waiting_number=7, requested_at=now
        )
        if to.value in ALLOWED.get((act.value, state.value), ()):
            membership.move(act, to, now)
            assert (membership.state, membership.revision) == (to.value, 5)
        else:
            with pytest.raises(MembershipStateWrong):
                membership.move(act, to, now)
            assert (membership.state, membership.revision) == (state.value, 4)
    assert set(TRANSITIONS) == set(Act)


async def join(world: World, made: dict[str, Any], user: User, expect: int = 201) -> Any:
    return await world.post(
        user, "/v1/memberships", {"join_code": made["session_code"]}, expect=expect
    )


async def act(
    world: World, user: User, membership: dict[str, Any], name: str, expect: int = 200
) -> Any:
    body = {"reason": "The class is for grade 7."} if name in ("decline", "removal") else None
    return await world.post(user, f"/v1/memberships/{membership['id']}/{name}", body, expect=expect)


async def states(world: World, made: dict[str, Any]) -> list[str]:
    """By the order in which the memberships were made."""
    page = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}/memberships?limit=100")
    return [one["state"] for one in reversed(page["items"])]


async def events(world: World) -> list[str]:
    kinds = await world.published()
    return [kind.rpartition(".")[2] for kind in kinds if kind.startswith("studyzed.membership.")]


@pytest.mark.parametrize(
    ("name", "by", "ends"),
    [("decline", "tutor", DECLINED), ("departure", "student", LEFT)],
)
async def test_s3_a_freed_seat_goes_to_the_first_who_waits(
    world: World, stack: Stack, name: str, by: str, ends: str
) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    people = [world.student, *(stack.as_user("student") for _ in range(2))]
    first, second, third = [await join(world, made, user) for user in people]
    places = [(await world.get(world.tutor, f"/v1/memberships/{one['id']}"))["place"]
              for one in (first, second, third)]  # fmt: skip
    assert places == [None, 1, 2]
    ended = await act(world, getattr(world, by), first, name)
    assert (ended["state"], ended["reason"]) == (
        ends, "The class is for grade 7." if name == "decline" else None,
    )  # fmt: skip
    assert await states(world, made) == [ends, PENDING, WAITING]
    seen = await world.get(people[2], f"/v1/memberships/{third['id']}")
    assert seen["place"] == 1
    happened = {"decline": "declined", "departure": "left"}[name]
    assert await events(world) == [
        "requested", "waitlisted", "waitlisted", happened, "promoted", "requested",
    ]  # fmt: skip
    assert await act(world, getattr(world, by), first, name) == ended
    assert len(await events(world)) == 6


async def test_s3_a_removed_student_frees_a_seat_and_cannot_ask_again(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.seats(made, 1, "open")
    other = stack.as_user("student")
    first = await join(world, made, world.student)
    await join(world, made, other)
    await world.task(made)
    assert len((await world.get(world.student, "/v1/tasks"))["items"]) == 1
    removed = await act(world, world.tutor, first, "removal")
    assert (removed["state"], removed["approved_at"]) == (REMOVED, first["approved_at"])
    assert await states(world, made) == [REMOVED, APPROVED]
    assert (await world.get(world.student, "/v1/tasks"))["items"] == []
    assert await events(world) == [
        "approved", "waitlisted", "removed", "promoted", "approved",
    ]  # fmt: skip
    world.clock.move(timedelta(days=20))
    answer = await join(world, made, world.student, expect=409)
    assert answer["code"] == "membership_removed"
    answer = await act(world, world.tutor, first, "approval", expect=409)
    assert answer["code"] == "class_full"
    await world.seats(made, 2, "open")
    again = await act(world, world.tutor, first, "approval")
    assert (again["state"], again["ended_at"], again["reason"]) == (APPROVED, None, None)


async def test_s3_declined_asks_again_after_a_day_and_left_at_once(world: World) -> None:
    made = await world.study_session()
    asked = await join(world, made, world.student)
    await act(world, world.tutor, asked, "decline")
    world.clock.move(timedelta(hours=23, minutes=59, seconds=59))
    answer = await world.client.post(
        "/v1/memberships",
        json={"join_code": made["session_code"]},
        headers=world.student.headers,
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "declined_lately")
    assert answer.headers["retry-after"] == "1"
    world.clock.move(timedelta(seconds=1))
    again = await join(world, made, world.student)
    assert (again["id"], again["state"], again["reason"]) == (asked["id"], PENDING, None)
    assert again["requested_at"] > asked["requested_at"]
    await act(world, world.student, again, "departure")
    assert (await join(world, made, world.student))["state"] == PENDING
    assert await events(world) == ["requested", "declined", "requested", "left", "requested"]


async def test_s3_a_tutor_may_change_a_decline_and_approving_twice_is_no_news(
    world: World,
) -> None:
    made = await world.study_session()
    asked = await join(world, made, world.student)
    await act(world, world.tutor, asked, "decline")
    approved = await act(world, world.tutor, asked, "approval")
    assert (approved["state"], approved["ended_at"]) == (APPROVED, None)
    assert await act(world, world.tutor, asked, "approval") == approved
    assert await events(world) == ["requested", "declined", "approved"]
    answer = await act(world, world.tutor, asked, "decline", expect=409)
    assert answer["code"] == "membership_state_wrong"


async def test_s3_nobody_who_waits_is_approved_out_of_turn(world: World, stack: Stack) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    await join(world, made, world.student)
    second, third = [await join(world, made, stack.as_user("student")) for _ in range(2)]
    for one in (second, third):
        answer = await act(world, world.tutor, one, "approval", expect=409)
        assert answer["code"] == "class_full"
    answer = await act(world, world.tutor, second, "removal", expect=409)
    assert answer["code"] == "membership_state_wrong"
    await world.seats(made, 2)
    assert (await act(world, world.tutor, second, "approval"))["state"] == APPROVED
    assert await states(world, made) == [PENDING, APPROVED, WAITING]


async def test_s3_a_raised_capacity_seats_those_who_wait_in_order(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    people = [world.student, *(stack.as_user("student") for _ in range(4))]
    for user in people:
        await join(world, made, user)
    for capacity, wanted in (
        (3, [PENDING, PENDING, PENDING, WAITING, WAITING]),
        (2, [PENDING, PENDING, PENDING, WAITING, WAITING]),
        (None, [PENDING] * 5),
    ):
        await world.seats(made, capacity)
        async with world.parts.database.transaction() as session:
            study_session = await lock_class(session, (await ids(world))[0])
            await service.fill_seats(session, study_session, world.clock.now())
        assert await states(world, made) == wanted
    assert (await events(world)).count("promoted") == 4


async def ids(world: World) -> list[Any]:
    async with world.parts.database.transaction() as session:
        return list(await session.scalars(text("SELECT id FROM study_sessions")))


async def test_who_asks_after_a_raise_that_nobody_filled_does_not_overtake(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    for _ in range(3):
        await join(world, made, stack.as_user("student"))
    await world.seats(made, 2)
    assert (await join(world, made, world.student))["state"] == WAITING
    assert await states(world, made) == [PENDING, PENDING, WAITING, WAITING]
    await world.seats(made, 9)
    assert (await join(world, made, stack.as_user("student")))["state"] == PENDING
    assert await states(world, made) == [PENDING] * 5


async def test_a_reason_is_limited(world: World) -> None:
    made = await world.study_session()
    asked = await join(world, made, world.student)
    path = f"/v1/memberships/{asked['id']}/decline"
    answer = await world.post(world.tutor, path, {"reason": "x" * 501}, expect=422)
    assert answer["fields"][0]["pointer"] == "/reason"
    await world.post(world.tutor, path, {}, expect=200)
