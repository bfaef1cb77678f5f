"""The rule that waits for all marks is asked again when somebody is gone, or it is new (S11)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from libs.events.base import Event
from libs.events.session import MembershipLeft, MembershipRemoved
from libs.events.session_marks import ReleaseRuleChanged
from libs.events.user import AccountErased
from libs.ids import new_id
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=3) as made:
        yield made


async def waiting(room: Room, release: str = "when_all_marked") -> UUID:
    """A column in which all but the last student are marked."""
    item = await room.item(release=release)
    for student in room.students[:2]:
        await room.mark(item, [part("q1", 7)], student)
    return item


async def membership(room: Room, number: int = 2) -> str:
    [(found,)] = await room.rows(
        "SELECT id FROM memberships WHERE student_id = :student", student=room.students[number].id
    )
    return str(found)


async def handle(room: Room, kind: str, event: type[Event]) -> None:
    """Gives the last event of a type to its handler, twice."""
    found = event(**(await room.told(kind))[-1])
    for _ in range(2):
        await room.world.handle(found)


async def states(room: Room) -> list[str]:
    return [state for (state,) in await room.rows("SELECT state FROM marks ORDER BY state")]


async def test_s11_when_the_last_unmarked_student_leaves_all_are_released(room: Room) -> None:
    await waiting(room)
    path = f"/v1/memberships/{await membership(room)}/departure"
    await room.world.post(room.students[2], path, expect=200)
    await handle(room, "studyzed.membership.left", MembershipLeft)
    assert await states(room) == ["released", "released"]
    told = await room.told("studyzed.marks.released")
    assert sorted(one["student_id"] for one in told) == sorted(
        str(one.id) for one in room.students[:2]
    )


async def test_s11_when_the_last_unmarked_student_is_removed_all_are_released(room: Room) -> None:
    await waiting(room)
    still = await room.item(release="when_all_marked")
    await room.mark(still, [part("q1", 7)])
    path = f"/v1/memberships/{await membership(room)}/removal"
    await room.world.post(room.world.tutor, path, {"reason": ""}, expect=200)
    await handle(room, "studyzed.membership.removed", MembershipRemoved)
    assert await states(room) == ["draft", "released", "released"]


async def test_s11_nobody_waits_for_who_is_erased(room: Room) -> None:
    item = await waiting(room)
    gone = room.students[2]
    event = AccountErased(
        account_id=gone.id, erasure_id=new_id(), user_code=gone.code, revision=9
    )  # fmt: skip
    await room.world.handle(event)
    assert await states(room) == ["released", "released"]
    await room.mark(item, [part("q1", 6)])
    assert len(await room.told("studyzed.mark.changed")) == 1


async def test_s11_the_rule_set_when_all_are_marked_shows_them(room: Room) -> None:
    item = await waiting(room, "by_hand")
    await room.excuse(item, room.students[2])
    answer = await room.world.client.patch(
        f"/v1/grade-items/{item}", json={"release": "when_all_marked"},
        headers=room.world.tutor.headers,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    await handle(room, "studyzed.grade_item.release_rule_changed", ReleaseRuleChanged)
    assert await states(room) == ["empty", "released", "released"]
    answer = await room.world.client.patch(
        f"/v1/grade-items/{item}", json={"position": 3}, headers=room.world.tutor.headers
    )
    assert answer.status_code == 200, answer.text
    assert len(await room.told("studyzed.grade_item.release_rule_changed")) == 1


async def test_s11_the_rule_waits_on_while_somebody_is_missing(room: Room) -> None:
    item = await waiting(room, "by_hand")
    body: dict[str, Any] = {"release": "when_all_marked"}
    await room.world.client.patch(
        f"/v1/grade-items/{item}", json=body, headers=room.world.tutor.headers
    )
    await handle(room, "studyzed.grade_item.release_rule_changed", ReleaseRuleChanged)
    assert await states(room) == ["draft", "draft"]


async def test_s11_who_leaves_while_the_other_is_marked_lets_all_be_released(room: Room) -> None:
    for _ in range(4):
        item = await room.item(release="when_all_marked")
        await room.mark(item, [part("q1", 7)])

        async def go() -> None:
            path = f"/v1/memberships/{await membership(room)}/removal"
            await room.world.post(room.world.tutor, path, {"reason": ""}, expect=200)
            await handle(room, "studyzed.membership.removed", MembershipRemoved)

        await asyncio.gather(go(), room.mark(item, [part("q1", 7)], room.students[1]))
        assert set(await states(room)) == {"released"}
        await room.rows("UPDATE memberships SET state = 'approved' RETURNING id")
