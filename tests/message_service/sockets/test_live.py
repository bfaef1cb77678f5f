"""Live messages, resume after disconnects, and hints."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from libs.events.notification import NotificationAdded
from libs.ids import new_id
from message_service.messages.models import Draft, Message, News
from message_service.messages.repository import list_range
from message_service.settings import Settings
from message_service.sockets import handlers
from message_service.sockets.schemas import NotificationFrame
from tests.conftest import SettingsFor
from tests.message_service.world import Client, World, serving
from tests.stack import Stack, User, eventually


async def fill(world: World, user: User, conversation: UUID, count: int) -> None:
    """Sends messages past the socket; returns when their hints have left, too."""
    sends = [
        world.parts.sender.send(Draft(conversation, user.id, new_id(), f"{n}", ""))
        for n in range(count)
    ]
    await asyncio.gather(*sends)
    await world.parts.sender._telling.close()


@contextmanager
def quiet(world: World) -> Iterator[list[Message]]:
    """Loses all hints of new messages; yields those messages."""
    lost: list[Message] = []

    async def lose(news: Sequence[News]) -> None:
        lost.extend(message for one in news for message in one.messages)

    loud, world.parts.sender._announce = world.parts.sender._announce, lose
    yield lost
    world.parts.sender._announce = loud


async def seqs(client: Client, count: int) -> list[int]:
    """The numbers of the next messages."""
    return [(await client.await_type("message"))["seq"] for _ in range(count)]


async def test_both_people_see_a_message_on_all_their_sockets(world: World) -> None:
    tutor, student, conversation = await world.pair()
    first, second, other = [await world.live(who) for who in (tutor, tutor, student)]
    await first.send(conversation, "Hello")
    ack = await first.await_type("ack")
    shown = [await client.await_type("message") for client in (second, other)]
    assert shown[0] == shown[1]
    assert shown[0] == {
        "type": "message",
        "id": ack["message_id"],
        "conversation_id": str(conversation),
        "seq": 1,
        "sender_id": str(tutor.id),
        "client_msg_id": ack["client_msg_id"],
        "body": "Hello",
        "sent_at": ack["sent_at"],
        "reply_to": None,
        "mentions": [],
        "version": 0,
        "edited_at": None,
        "deleted_at": None,
        "deleted_by": None,
        "reactions": [],
    }


async def test_a_stranger_hears_nothing(world: World) -> None:
    tutor, student, conversation = await world.pair()
    stranger = await world.live(world.stack.as_user("tutor"))
    listener = await world.live(student)
    await fill(world, tutor, conversation, 3)
    assert await seqs(listener, 3) == [1, 2, 3]
    await stranger.tell("ping")
    assert await stranger.next() == {"type": "pong"}


async def test_ready_says_where_conversations_stand(world: World) -> None:
    tutor, _, conversation = await world.pair()
    await fill(world, tutor, conversation, 4)
    async with await world.ready(tutor) as client:
        assert await client.next() == {
            "type": "ready",
            "account_id": str(tutor.id),
            "streams": [{"conversation_id": str(conversation), "seq": 4, "version": 0}],
            "complete": True,
        }
        await fill(world, tutor, conversation, 2)  # waits for `resume`
        await client.resume({conversation: 2})
        assert await seqs(client, 4) == [3, 4, 5, 6]
        await fill(world, tutor, conversation, 1)
        assert await seqs(client, 1) == [7]


async def test_a_new_conversation_begins_at_its_first_message(world: World) -> None:
    tutor, student = world.stack.as_user("tutor"), world.stack.as_user("student")
    client = await world.live(student)
    await world.entitle(tutor, student)
    body = {"account_id": str(student.id)}
    opened = await world.http.post("/v1/conversations", json=body, headers=tutor.headers)
    await fill(world, tutor, UUID(opened.json()["id"]), 3)
    assert await seqs(client, 3) == [1, 2, 3]


async def test_a_new_conversation_whose_first_hints_are_lost(world: World) -> None:
    """`ready` listed all conversations, so an unknown one is new, and nothing of it was seen."""
    tutor, student = world.stack.as_user("tutor"), world.stack.as_user("student")
    client = await world.live(student)
    await world.entitle(tutor, student)
    body = {"account_id": str(student.id)}
    opened = await world.http.post("/v1/conversations", json=body, headers=tutor.headers)
    conversation = UUID(opened.json()["id"])
    with quiet(world):
        await fill(world, tutor, conversation, 2)
    await fill(world, tutor, conversation, 1)
    assert await seqs(client, 3) == [1, 2, 3]


async def test_v_a2_a_large_gap_is_a_reset(world: World) -> None:
    tutor, student, conversation = await world.pair()
    await fill(world, tutor, conversation, 1_001)
    async with await world.live(student, {conversation: 1}) as client:
        assert await seqs(client, 1_000) == list(range(2, 1_002))
    async with await world.live(student, {conversation: 0}) as client:
        reset = {
            "type": "reset", "conversation_id": str(conversation), "seq": 1_001, "version": 0,
        }  # fmt: skip
        assert await client.next() == reset
        await fill(world, tutor, conversation, 1)
        assert await seqs(client, 1) == [1_002]
    async with await world.live(student, {conversation: 5_000}) as client:
        assert (await client.next())["type"] == "reset"


async def test_large_messages_missed_do_not_overrun_the_queue(world: World) -> None:
    tutor, student, conversation = await world.pair()
    drafts = [Draft(conversation, tutor.id, new_id(), "x" * 8_192, "") for _ in range(400)]
    await asyncio.gather(*(world.parts.sender.send(draft) for draft in drafts))
    async with await world.live(student, {conversation: 0}) as client:
        assert await seqs(client, 400) == list(range(1, 401))


@dataclass
class Follower:
    """A client that comes and goes until it has `total` messages; after a reset it pages."""

    user: User
    where: World
    conversation: UUID
    total: int
    dice: random.Random
    got: list[int] = field(default_factory=list)

    async def follow(self) -> list[int]:
        """Returns the numbers in the order of their arrival."""
        while len(self.got) < self.total:
            offset = {self.conversation: len(self.got)}
            async with await self.where.live(self.user, offset) as client:
                await self._read(client, self.dice.choice((20, 100, 500, self.total)))
                if self.dice.random() < 0.5:
                    client.socket.transport.abort()
        return self.got

    async def _read(self, client: Client, frames: int) -> None:
        enough = min(len(self.got) + frames, self.total)
        while len(self.got) < enough:
            frame = await client.await_type("message", "reset")
            if frame["type"] == "message":
                self.got.append(frame["seq"])
            while frame["type"] == "reset" and len(self.got) < frame["seq"]:
                await self._page(frame["seq"])

    async def _page(self, last: int) -> None:
        path = f"/v1/conversations/{self.conversation}/messages?after_seq={len(self.got)}"
        answer = await self.where.http.get(path, headers=self.user.headers)
        self.got += [item["seq"] for item in answer.json()["items"] if item["seq"] <= last]


async def test_v_a2_random_disconnects_end_with_the_same_list(world: World) -> None:
    """Clients of both people come and go at random, on two processes, while 2,000 are sent."""
    tutor, student, conversation = await world.pair()
    total, seed = 2_000, random.randrange(2**32)
    dice = random.Random(seed)
    async with serving(world.stack, world.parts.settings) as other:
        other.parts.sender._pace._limit = 1_000_000
        followers = [
            asyncio.create_task(Follower(who, where, conversation, total, dice).follow())
            for who in (tutor, student)
            for where in (world, other)
            for _ in range(2)
        ]
        for _ in range(total // 50):
            await fill(dice.choice((world, other)), dice.choice((tutor, student)), conversation, 50)
        for follower in followers:
            assert await follower == list(range(1, total + 1)), f"seed {seed}"


async def test_lost_and_disordered_hints_leave_no_gap(world: World) -> None:
    """A hint that skips numbers makes the gap be read; late and repeated ones are dropped."""
    tutor, student, conversation = await world.pair()
    client, members = await world.live(student), (tutor.id, student.id)
    with quiet(world) as lost:
        await fill(world, tutor, conversation, 120)
    for late in (119, 3, 1, 3, 118, 0):
        await world.parts.sender._announce([News(members, (lost[late],))])
    assert await seqs(client, 120) == list(range(1, 121))
    await fill(world, tutor, conversation, 1)
    assert await seqs(client, 1) == [121]


async def test_a_late_hint_does_not_stop_the_reading_of_a_gap(
    stack: Stack, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It arrives while the first page of the gap is being read; nobody asks the store again."""
    monkeypatch.setattr("message_service.sockets.hub.RECHECK_SECONDS", 1_000)
    settings, gate = await settings_for(Settings, "message_service"), asyncio.Event()

    async def later(*arguments: Any) -> list[Message]:
        await gate.wait()
        return await list_range(*arguments)

    async with serving(stack, settings) as world:
        tutor, student, conversation = await world.pair()
        client, members = await world.live(student), (tutor.id, student.id)
        with quiet(world) as lost:
            await fill(world, tutor, conversation, 120)
        monkeypatch.setattr("message_service.sockets.service.messages.list_range", later)
        for late in (119, 2):
            await world.parts.sender._announce([News(members, (lost[late],))])
        await world.parts.signals.tell(members, NotificationFrame(notification_id=new_id()))
        assert (await client.next())["type"] == "notification"  # so the hints have been heard
        gate.set()
        assert await seqs(client, 120) == list(range(1, 121))


async def test_after_a_reconnection_to_redis_the_store_is_asked(
    stack: Stack, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server drops the subscription, and the hint of a message is lost meanwhile."""
    monkeypatch.setattr("message_service.sockets.hub.RECHECK_SECONDS", 1_000)
    settings = await settings_for(Settings, "message_service")
    async with serving(stack, settings) as world:
        tutor, student, conversation = await world.pair()
        client = await world.live(student)
        with quiet(world):
            await fill(world, tutor, conversation, 2)
        await client.tell("ping")
        assert await client.next() == {"type": "pong"}
        await world.parts.redis.client_kill_filter(_type="pubsub")
        assert await seqs(client, 2) == [1, 2]


@pytest.mark.parametrize("text", ["{}", "no JSON", '[{"to": [], "stream": null, "frames": []}]'])
async def test_a_hint_that_nobody_can_read_makes_the_store_be_asked(
    stack: Stack, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A process of another version sends them otherwise, and the pump lives on."""
    monkeypatch.setattr("message_service.sockets.hub.RECHECK_SECONDS", 1_000)
    settings = await settings_for(Settings, "message_service")
    async with serving(stack, settings) as world:
        tutor, student, conversation = await world.pair()
        client = await world.live(student)
        with quiet(world):
            await fill(world, tutor, conversation, 2)
        await world.parts.redis.publish(world.parts.signals._channel, text)
        assert await seqs(client, 2) == [1, 2]
        await fill(world, tutor, conversation, 1)
        assert await seqs(client, 1) == [3]
        assert (await world.http.get("/readyz")).status_code == 200


async def test_a_lost_hint_is_found_within_seconds(
    stack: Stack, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("message_service.sockets.hub.RECHECK_SECONDS", 0.2)
    settings = await settings_for(Settings, "message_service")
    async with serving(stack, settings) as world:
        tutor, student, conversation = await world.pair()
        client = await world.live(student)
        with quiet(world):
            await fill(world, tutor, conversation, 2)
        assert await seqs(client, 2) == [1, 2]


async def test_typing_is_shown_once_in_three_seconds_and_never_stored(world: World) -> None:
    tutor, student, conversation = await world.pair()
    one, other = await world.live(tutor), await world.live(student)
    for _ in range(3):
        await one.tell("typing", conversation_id=conversation)
    shown = await other.next()
    assert shown == {
        "type": "typing",
        "conversation_id": str(conversation),
        "account_id": str(tutor.id),
    }
    await one.send(conversation, "done")
    assert (await other.next())["body"] == "done"
    assert [message["body"] for message in await world.stored(conversation)] == ["done"]


async def test_v_a5_read_marks_only_grow(world: World) -> None:
    tutor, student, conversation = await world.pair()
    await fill(world, tutor, conversation, 5)
    phone, web = [await world.live(student) for _ in range(2)]
    for said, stands in ((3, 3), (2, 3), (99, 5)):
        await phone.tell("read", conversation_id=conversation, read_up_to=said)
        for client in (phone, web):
            frame = await client.await_type("read")
            assert (frame["account_id"], frame["read_up_to"]) == (str(student.id), stands)
    path = f"/v1/conversations/{conversation}"
    answer = await world.http.put(f"{path}/read", json={"read_up_to": 1}, headers=student.headers)
    assert answer.json() == {"read_up_to": 5}
    shown = await world.http.get(path, headers=student.headers)
    assert (shown.json()["read_up_to"], shown.json()["last_seq"]) == (5, 5)
    theirs = await world.http.get(path, headers=tutor.headers)
    assert theirs.json()["read_up_to"] == 0


async def test_a_notification_is_shown_to_its_person_only(world: World) -> None:
    tutor, student, _ = await world.pair()
    one, other = await world.live(tutor), await world.live(student)
    event = NotificationAdded(account_id=student.id, notification_id=new_id(), revision=1)
    await handlers.on_notifications_added(world.parts.signals, [event])
    expected = {"type": "notification", "notification_id": str(event.notification_id)}
    assert await other.next() == expected
    await one.tell("ping")
    assert await one.next() == {"type": "pong"}


async def test_closed_sockets_leave_nothing_behind(world: World) -> None:
    tutor, _, _ = await world.pair()
    clients = [await world.live(tutor) for _ in range(5)]
    assert len(world.parts.sockets._open) == 5
    for client in clients:
        await client.socket.close()

    async def gone() -> bool:
        return not world.parts.sockets._open and not world.parts.hub._local

    await eventually(gone)
