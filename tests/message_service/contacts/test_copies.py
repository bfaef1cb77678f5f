"""Copies of people: the newest revision stays, whatever comes in a chunk."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import (
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionOwnerChanged,
)
from libs.ids import new_id
from message_service.background import HANDLERS
from message_service.contacts import handlers, repository
from tests.message_service.world import World


async def test_a_chunk_keeps_the_newest_of_each(world: World) -> None:
    one, other, third = new_id(), new_id(), new_id()

    def person(key: Any, revision: int) -> dict[str, Any]:
        return {"_id": key, "user_code": f"CODE-{revision}", "revision": revision}

    async def keep(*people: dict[str, Any]) -> None:
        await world.parts.mongo.run(
            lambda session: repository.keep_newer(session, "people", people)
        )

    await keep(person(one, 3), person(other, 1))
    await keep(person(one, 2), person(other, 2), person(third, 5), person(other, 4),
               person(other, 3), person(third, 4))  # fmt: skip
    found = await world.parts.mongo.database["people"].find().to_list(None)
    assert {row["_id"]: (row["revision"], row["user_code"]) for row in found} == {
        one: (3, "CODE-3"),
        other: (4, "CODE-4"),
        third: (5, "CODE-5"),
    }


@pytest.mark.parametrize("end", [MembershipRemoved, MembershipLeft])
async def test_who_is_out_of_a_class_may_not_talk_to_its_tutor(
    world: World, end: type[MembershipRemoved] | type[MembershipLeft]
) -> None:
    """Whatever the order of the events, and only if no other class is shared."""
    student, tutor, mongo = new_id(), new_id(), world.parts.mongo

    def about(membership_id: Any, revision: int) -> dict[str, Any]:
        return {
            "study_session_id": new_id(), "session_code": "MATHS-1A2B3C",
            "membership_id": membership_id, "student_id": student, "tutor_id": tutor,
            "revision": revision,
        }  # fmt: skip

    async def tell(*events: MembershipApproved | MembershipRemoved | MembershipLeft) -> bool:
        for event in events:
            handle: Any = handlers.on_memberships_ended
            if isinstance(event, MembershipApproved):
                handle = handlers.on_memberships_approved
            await mongo.run(partial(handle, events=[event]))
        async with mongo.reads() as session:
            return await repository.may_talk(session, student, tutor)

    one, other = new_id(), new_id()
    approved, ended = MembershipApproved(**about(one, 2)), end(**about(one, 3))
    assert await tell(approved)
    assert not await tell(ended)
    assert not await tell(approved)
    assert await tell(MembershipApproved(**about(one, 4)))
    assert await tell(MembershipApproved(**about(other, 2)))
    assert await tell(end(**about(one, 5)))
    assert not await tell(end(**about(other, 3)), MembershipApproved(**about(other, 2)))


async def test_students_talk_to_whoever_owns_the_class_now(world: World) -> None:
    """Whatever the order in which memberships and changes of owner come."""
    made, mongo = new_id(), world.parts.mongo
    student, late, first, second, third = (new_id() for _ in range(5))
    head = {"study_session_id": made, "session_code": "MATHS-1A2B3C"}

    def approved(student_id: UUID, tutor_id: UUID) -> MembershipApproved:
        return MembershipApproved(
            **head, membership_id=new_id(), student_id=student_id, tutor_id=tutor_id, revision=2
        )

    def handed(old: UUID, new: UUID, revision: int) -> StudySessionOwnerChanged:
        return StudySessionOwnerChanged(**head, tutor_id=new, old_tutor_id=old, revision=revision)

    async def tell(*events: Event) -> None:
        await mongo.run(lambda session: handle_all(session, events, HANDLERS))

    async def talks(student_id: UUID) -> list[bool]:
        async with mongo.reads() as session:
            return [
                await repository.may_talk(session, student_id, tutor)
                for tutor in (first, second, third)
            ]

    await tell(approved(student, first))
    assert await talks(student) == [True, False, False]
    await tell(handed(second, third, 9), handed(first, second, 5))
    assert await talks(student) == [False, False, True]
    await tell(approved(late, first))
    assert await talks(late) == [False, False, True]
