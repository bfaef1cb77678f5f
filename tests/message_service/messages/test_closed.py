"""When two people share no class any more, their conversation stays to be read (V-A3)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import (
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionEnded,
    StudySessionOwnerChanged,
)
from libs.ids import new_id
from message_service.background import HANDLERS
from message_service.contacts.repository import pair
from message_service.conversations.errors import ConversationClosed
from message_service.messages.models import Draft
from tests.message_service.world import World
from tests.stack import User

CLASS = {"study_session_id": new_id(), "session_code": "MATHS-1A2B3C"}
CLOSED = (403, "conversation_closed")


class Pair:
    """A tutor and a student with a conversation by one membership, and a message in it."""

    def __init__(self, world: World, tutor: User, student: User, conversation: UUID) -> None:
        self.world, self.tutor, self.student = world, tutor, student
        self.conversation, self.membership = conversation, new_id()
        self.path = f"/v1/conversations/{conversation}"

    @property
    def fields(self) -> dict[str, Any]:
        """What events about the membership say."""
        people = {"student_id": self.student.id, "tutor_id": self.tutor.id}
        return CLASS | people | {"membership_id": self.membership}

    async def tell(self, *events: Event) -> None:
        """Takes events as the background process does."""
        await self.world.parts.mongo.run(lambda session: handle_all(session, events, HANDLERS))

    async def write(self, user: User, name: UUID | None = None) -> tuple[int, Any]:
        """Status, and number or code, of a message's answer."""
        body = {"client_msg_id": str(name or new_id()), "body": "Hello"}
        answer = await self.world.http.post(
            f"{self.path}/messages", json=body, headers=user.headers
        )
        found = answer.json()
        return answer.status_code, found["seq"] if answer.is_success else found["code"]

    async def shown(self, user: User) -> Any:
        """The conversation as somebody sees it."""
        answer = await self.world.http.get(self.path, headers=user.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def talking(world: World) -> Pair:
    """Both have written, by a membership of which the events tell."""
    tutor, student, conversation = await world.pair()
    await world.parts.mongo.database["entitlements"].delete_many({})
    made = Pair(world, tutor, student, conversation)
    await made.tell(MembershipApproved(**made.fields, revision=2))
    assert [await made.write(user) for user in (tutor, student)] == [(201, 1), (201, 2)]
    return made


def ended(made: Pair) -> StudySessionEnded:
    """The class is over."""
    return StudySessionEnded(**CLASS, tutor_id=made.tutor.id, revision=7)


@pytest.mark.parametrize("how", [MembershipRemoved, MembershipLeft, StudySessionEnded])
async def test_v_a3_who_shares_no_class_any_more_reads_and_does_not_write(
    world: World, how: type[Event]
) -> None:
    made = await talking(world)
    live = await world.live(made.student)
    assert (await made.shown(made.student))["open"] is True
    over = ended(made) if how is StudySessionEnded else how(**made.fields, revision=3)
    await made.tell(over)
    for user in (made.student, made.tutor):
        assert await made.write(user) == CLOSED
        answer = await world.http.get(f"{made.path}/messages", headers=user.headers)
        assert [one["seq"] for one in answer.json()["items"]] == [1, 2]
        answer = await world.http.put(
            f"{made.path}/read", json={"read_up_to": 2}, headers=user.headers
        )
        assert answer.json() == {"read_up_to": 2}
        shown = await made.shown(user)
        assert (shown["open"], shown["last_seq"], shown["read_up_to"]) == (False, 2, 2)
    await live.send(made.conversation, "By a socket")
    assert (await live.await_type("error"))["code"] == "conversation_closed"
    assert (await world.count("messages"), await world.count("outbox")) == (2, 2)
    opening = {"account_id": str(made.tutor.id)}
    answer = await world.http.post("/v1/conversations", json=opening, headers=made.student.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")


async def test_v_a3_a_stranger_learns_nothing_of_a_closed_conversation(world: World) -> None:
    made = await talking(world)
    await made.tell(MembershipLeft(**made.fields, revision=3))
    assert await made.write(world.stack.as_user("student")) == (404, "conversation_not_found")


async def test_v_a3_another_class_keeps_it_open(world: World) -> None:
    made = await talking(world)
    other = made.fields | {"study_session_id": new_id(), "membership_id": new_id()}
    await made.tell(
        MembershipApproved(**other, revision=2), MembershipRemoved(**made.fields, revision=3)
    )
    assert await made.write(made.student) == (201, 3)
    await made.tell(MembershipRemoved(**other, revision=3))
    assert await made.write(made.student) == CLOSED


async def test_v_a3_who_comes_back_writes_again_whatever_the_order(world: World) -> None:
    made = await talking(world)
    approved = {n: MembershipApproved(**made.fields, revision=n) for n in (2, 4)}
    removed = {n: MembershipRemoved(**made.fields, revision=n) for n in (3, 5)}
    await made.tell(removed[3], approved[2])  # the older one comes again
    assert await made.write(made.student) == CLOSED
    await made.tell(approved[4], removed[3])
    assert await made.write(made.student) == (201, 3)
    await made.tell(removed[5], approved[4])
    assert await made.write(made.student) == CLOSED


async def test_v_a3_a_class_that_is_over_opens_nothing_later(world: World) -> None:
    """An approval, and a new owner, of which this service hears after the end."""
    made = await talking(world)
    await made.tell(ended(made), MembershipApproved(**made.fields, revision=9))
    assert await made.write(made.student) == CLOSED
    late = made.fields | {"membership_id": new_id(), "student_id": new_id()}
    await made.tell(MembershipApproved(**late, revision=2))
    handed = StudySessionOwnerChanged(
        **CLASS, tutor_id=new_id(), old_tutor_id=made.tutor.id, revision=8
    )
    await made.tell(handed)
    rows = await world.parts.mongo.database["entitlements"].find().to_list(None)
    assert [row["class_ended"] for row in rows] == [True, True]
    assert {row["pair"] for row in rows} == {
        pair(one, handed.tutor_id) for one in (made.student.id, late["student_id"])
    }
    assert await made.write(made.student) == CLOSED


async def test_v_a3_a_class_s_old_owner_writes_no_more(world: World) -> None:
    made = await talking(world)
    await made.tell(
        StudySessionOwnerChanged(**CLASS, tutor_id=new_id(), old_tutor_id=made.tutor.id, revision=8)
    )
    assert [await made.write(user) for user in (made.tutor, made.student)] == [CLOSED, CLOSED]


async def test_v_a1_a_message_that_was_sent_before_is_acknowledged_after_the_end(
    world: World,
) -> None:
    """The first answer was lost: sending again gives it, closed or not."""
    made, name = await talking(world), new_id()
    assert await made.write(made.student, name) == (201, 3)
    await made.tell(MembershipLeft(**made.fields, revision=3))
    assert await made.write(made.student, name) == (201, 3)
    assert await made.write(made.student) == CLOSED
    assert await world.count("messages") == 3


async def test_v_a3_one_closed_conversation_is_no_other_s_trouble(world: World) -> None:
    """Messages of both are stored in one transaction."""
    made = await talking(world)
    tutor, student, other = await world.pair()
    await made.tell(MembershipLeft(**made.fields, revision=3))
    send = world.parts.sender.send
    drafts = [
        Draft(of, who, new_id(), "Hello", "")
        for of, who in ((made.conversation, made.student.id), (other, student.id)) * 5
    ]
    found = await asyncio.gather(*(send(one) for one in drafts), return_exceptions=True)
    assert [isinstance(one, ConversationClosed) for one in found] == [True, False] * 5
    assert sorted(one.seq for one in found[1::2]) == [1, 2, 3, 4, 5]  # type: ignore[union-attr]
    assert tutor.id != student.id
