"""Messages are stored once, numbered without gaps, and acknowledged after the commit."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from message_service.messages.models import Draft
from tests.message_service.world import World, serving


async def test_v_a1_send_once_over_three_sockets_and_http(world: World) -> None:
    tutor, _, conversation = await world.pair(pace=True)
    name = new_id()
    sockets = [await world.live(tutor) for _ in range(3)]
    http = asyncio.create_task(
        world.http.post(
            f"/v1/conversations/{conversation}/messages",
            json={"client_msg_id": str(name), "body": "Hello"},
            headers=tutor.headers,
        )
    )
    await asyncio.gather(*(sockets[n % 3].send(conversation, "Hello", name) for n in range(10)))
    answer = await http
    acks = [await socket.await_type("ack") for n in range(10) for socket in [sockets[n % 3]]]
    assert answer.status_code == 201
    expected = {key: value for key, value in acks[0].items() if key != "type"}
    assert answer.json() == expected
    assert all(ack == acks[0] for ack in acks)
    [message] = await world.stored(conversation)
    assert message["seq"] == 1 == expected["seq"]
    assert message["sender_id"] == tutor.id
    assert await world.count("outbox") == 1


async def test_v_a1_two_hundred_senders_leave_no_gap(world: World) -> None:
    tutor, student, conversation = await world.pair()

    async def send(number: int) -> int:
        who = tutor if number % 2 else student
        draft = Draft(conversation, who.id, new_id(), f"message {number}", "")
        return (await world.parts.sender.send(draft)).seq

    seqs = await asyncio.gather(*(send(number) for number in range(200)))
    assert sorted(seqs) == list(range(1, 201))
    assert [m["seq"] for m in await world.stored(conversation)] == list(range(1, 201))


async def test_v_a1_two_processes_share_one_conversation(world: World) -> None:
    """Two copies of the service write into one conversation; each repeat goes to the other copy."""
    tutor, _, conversation = await world.pair()
    async with serving(world.stack, world.parts.settings) as other:
        other.parts.sender._pace._limit = 1_000_000
        names = [new_id() for _ in range(120)]

        async def send(number: int, where: World) -> int:
            draft = Draft(conversation, tutor.id, names[number], f"message {number}", "")
            return (await where.parts.sender.send(draft)).seq

        one = [send(number, world) for number in range(120)]
        two = [send(number, other) for number in range(120)]
        seqs = await asyncio.gather(*one, *two)
    assert seqs[:120] == seqs[120:]
    assert [m["seq"] for m in await world.stored(conversation)] == list(range(1, 121))
    assert await world.count("outbox") == 120


async def test_an_acknowledged_message_has_its_event(world: World) -> None:
    tutor, student, conversation = await world.pair()
    draft = Draft(conversation, tutor.id, new_id(), "secret words", f"00-{'a' * 32}-{'b' * 16}-01")
    ack = await world.parts.sender.send(draft)
    [letter] = await world.parts.mongo.database["outbox"].find().to_list(None)
    event = json.loads(letter["body"])
    assert event["type"] == "studyzed.message.sent"
    assert event["data"] == {
        "revision": 1,
        "conversation_id": str(conversation),
        "message_id": str(ack.message_id),
        "sender_id": str(tutor.id),
        "recipient_ids": [str(student.id)],
    }
    assert event["traceparent"] == draft.traceparent
    assert "secret words" not in letter["body"]


async def test_a_failing_outbox_takes_the_message_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor, _, conversation = await world.pair()

    async def fail(*_: object) -> None:
        raise RuntimeError("crash between message and event")

    with monkeypatch.context() as patch:
        patch.setattr("libs.mongo_outbox.publish", fail)
        with pytest.raises(RuntimeError):
            await world.parts.sender.send(Draft(conversation, tutor.id, new_id(), "x", ""))
    assert await world.stored(conversation) == []
    ack = await world.parts.sender.send(Draft(conversation, tutor.id, new_id(), "x", ""))
    assert ack.seq == 1


async def test_v_a3_a_stranger_cannot_send_or_read(world: World) -> None:
    tutor, _, conversation = await world.pair()
    stranger = world.stack.as_user("student")
    path = f"/v1/conversations/{conversation}"
    body = {"client_msg_id": str(new_id()), "body": "let me in"}
    calls = [
        world.http.post(f"{path}/messages", json=body, headers=stranger.headers),
        world.http.get(f"{path}/messages", headers=stranger.headers),
        world.http.get(path, headers=stranger.headers),
        world.http.put(f"{path}/read", json={"read_up_to": 1}, headers=stranger.headers),
        world.http.get(f"/v1/conversations/{new_id()}", headers=tutor.headers),
    ]
    for call in calls:
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    async with await world.live(stranger) as socket:
        name = new_id()
        await socket.send(conversation, "let me in", name)
        assert await socket.next() == {
            "type": "error",
            "code": "conversation_not_found",
            "detail": "There is no such conversation, or you are not in it.",
            "ref": str(name),
        }
        for frame in ("typing", "read"):
            await socket.tell(frame, conversation_id=conversation, ref="r", **_extra(frame))
            assert (await socket.next())["code"] == "conversation_not_found"
        await socket.resume({conversation: 0})
        refused = await socket.next()
        assert (refused["code"], refused["ref"]) == ("conversation_not_found", str(conversation))
    assert await world.stored(conversation) == []
    assert await world.count("outbox") == await world.count("read_marks") == 0


def _extra(frame: str) -> dict[str, Any]:
    return {"read_up_to": 1} if frame == "read" else {}


async def test_sender_and_time_from_a_client_are_refused(world: World) -> None:
    tutor, student, conversation = await world.pair()
    for claim in ({"sender_id": str(student.id)}, {"sent_at": "2001-01-01T00:00:00Z"}):
        body = {"client_msg_id": str(new_id()), "body": "x"} | claim
        path = f"/v1/conversations/{conversation}/messages"
        answer = await world.http.post(path, json=body, headers=tutor.headers)
        assert answer.status_code == 422
    assert await world.stored(conversation) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [("x" * 8_192, 201), ("x" * 8_193, 422), ("é" * 4_096, 201), ("é" * 4_097, 422), ("  ", 422)],
)
async def test_v_a9_text_of_eight_kilobytes(world: World, body: str, status: int) -> None:
    tutor, _, conversation = await world.pair()
    answer = await world.http.post(
        f"/v1/conversations/{conversation}/messages",
        json={"client_msg_id": str(new_id()), "body": body},
        headers=tutor.headers,
    )
    assert answer.status_code == status
    assert len(await world.stored(conversation)) == (status == 201)


async def test_v_a9_ten_messages_in_ten_seconds(world: World) -> None:
    """The eleventh is refused, again when repeated; a repeat of an earlier one is not."""
    tutor, student, conversation = await world.pair(pace=True)
    names = [new_id() for _ in range(11)]
    async with await world.live(tutor) as socket:
        for name in names:
            await socket.send(conversation, "hi", name)
        acks = [await socket.await_type("ack", "error") for _ in names]
        refused = acks.pop()
        assert [ack["seq"] for ack in acks] == list(range(1, 11))
        assert (refused["code"], refused["ref"]) == ("too_many_messages", str(names[10]))
        assert 1 <= refused["retry_after"] <= 10
        await socket.send(conversation, "hi", names[10])
        assert (await socket.await_type("ack", "error"))["code"] == "too_many_messages"
        await socket.send(conversation, "hi", names[3])
        assert (await socket.await_type("ack", "error"))["seq"] == 4
    async with await world.live(student) as other:
        await other.send(conversation, "mine")
        assert (await other.await_type("ack"))["seq"] == 11


async def test_v_a4_history_by_number(world: World) -> None:
    tutor, student, conversation = await world.pair()
    sends = [
        world.parts.sender.send(Draft(conversation, tutor.id, new_id(), f"{n}", ""))
        for n in range(120)
    ]
    await asyncio.gather(*sends)

    async def page(**query: int) -> tuple[list[int], bool]:
        path = f"/v1/conversations/{conversation}/messages"
        answer = await world.http.get(path, params=query, headers=student.headers)
        assert answer.status_code == 200
        return [item["seq"] for item in answer.json()["items"]], answer.json()["more"]

    assert await page() == (list(range(71, 121)), True)
    assert await page(before_seq=71) == (list(range(21, 71)), True)
    assert await page(before_seq=21) == (list(range(1, 21)), False)
    assert await page(after_seq=0, limit=3) == ([1, 2, 3], True)
    assert await page(after_seq=118) == ([119, 120], False)
    assert await page(after_seq=120) == ([], False)
    assert await page(before_seq=1) == ([], False)


async def test_a_retry_after_the_store_was_away(world: World) -> None:
    tutor, _, conversation = await world.pair()
    draft = Draft(conversation, tutor.id, UUID(int=7), "once", "")
    first = await world.parts.sender.send(draft)
    assert await world.parts.sender.send(draft) == first
