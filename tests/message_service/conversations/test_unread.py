"""Unread messages, mentions, receipts and history both ways (V-A4, V-A5)."""

from datetime import datetime, timedelta
from typing import Any

from message_service.messages import repository
from tests.message_service.changes.test_changes import HEART, Talk, talk
from tests.message_service.world import World
from tests.stack import User


async def counts(of: Talk, who: User) -> tuple[int, int]:
    """Unread messages and mentions, of the conversation and in the list."""
    shown = (await of.call("GET", "", who)).json()
    listed = (await of.world.http.get("/v1/conversations", headers=who.headers)).json()["items"]
    assert listed == [shown]
    return shown["unread"], shown["mentions"]


async def read(of: Talk, who: User, seq: int) -> None:
    """Reads up to a message."""
    answer = await of.call("PUT", "/read", who, {"read_up_to": seq})
    assert answer.status_code == 200


async def test_v_a5_unread_are_others_messages_that_stand(world: World) -> None:
    of = await talk(world)
    me = [str(of.student.id)]
    for who, mentions in ((of.tutor, []), (of.student, []), (of.tutor, me), (of.tutor, me)):
        await of.say(who, mentions=mentions)
    assert await counts(of, of.student) == (3, 2)
    assert await counts(of, of.tutor) == (1, 0)
    await of.delete(of.tutor, 4)
    assert await counts(of, of.student) == (2, 1)
    await of.edit(of.tutor, 3, "nobody")
    assert await counts(of, of.student) == (2, 0)
    await of.edit(of.tutor, 1, "you", mentions=me)
    assert await counts(of, of.student) == (2, 1)
    await read(of, of.student, 1)
    assert await counts(of, of.student) == (1, 0)
    await read(of, of.student, 4)
    assert await counts(of, of.student) == (0, 0)


async def test_v_a5_the_last_thousand_are_counted(world: World, monkeypatch: Any) -> None:
    of = await talk(world)
    monkeypatch.setattr("message_service.conversations.repository.COUNTED", 3)
    for _ in range(5):
        await of.say(of.tutor)
    assert await counts(of, of.student) == (3, 0)


async def test_v_a5_receipts_both_ways_or_not_at_all(world: World) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    mine, other = await world.live(of.student), await world.live(of.tutor)
    path = "/v1/chat-preferences"

    async def seen(who: User) -> Any:
        return (await of.call("GET", "/receipts", who)).json()["items"]

    await read(of, of.student, 1)
    told = {
        "type": "read", "conversation_id": str(of.id), "account_id": str(of.student.id),
        "read_up_to": 1,
    }  # fmt: skip
    assert await mine.next() == await other.next() == told
    assert await seen(of.tutor) == [{"account_id": str(of.student.id), "read_up_to": 1}]
    assert await seen(of.student) == [{"account_id": str(of.tutor.id), "read_up_to": 0}]
    for hider in (of.student, of.tutor):
        answer = await world.http.patch(path, json={"receipts": False}, headers=hider.headers)
        assert answer.json() == {"receipts": False}
        assert await seen(of.tutor) == await seen(of.student) == []
        await read(of, of.student, 1)
        assert await mine.next() == told  # one's own devices learn of it all the same
        await world.http.patch(path, json={"receipts": True}, headers=hider.headers)
    await other.tell("ping")
    assert await other.next() == {"type": "pong"}
    answer = await world.http.get(path, headers=of.tutor.headers)
    assert answer.json() == {"receipts": True}
    answer = await world.http.patch(path, json={}, headers=of.tutor.headers)
    assert answer.json() == {"receipts": True}


async def test_v_a4_jumps(world: World) -> None:
    of = await talk(world)
    for number in range(30):
        await of.say(of.tutor, f"{number}")
    await of.react(of.student, 15, HEART)
    rows = await world.stored(of.id)
    start: datetime = rows[0]["sent_at"]
    for number, row in enumerate(rows):
        await world.parts.mongo.database["messages"].update_one(
            {"_id": row["_id"]}, {"$set": {"sent_at": start + timedelta(minutes=number)}}
        )

    async def page(query: str) -> tuple[list[int], bool]:
        answer = await of.call("GET", f"/messages?{query}", of.student)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["last_seq"] == 30
        return [one["seq"] for one in found["items"]], found["more"]

    assert await page("around_seq=15&limit=5") == ([13, 14, 15, 16, 17], True)
    assert await page("around_seq=1&limit=4") == ([1, 2, 3, 4], False)
    assert await page("around_seq=30&limit=4") == ([28, 29, 30], True)
    assert await page("around_seq=99") == ([], True)

    def instant(**ago: int) -> str:
        return (start + timedelta(**ago)).isoformat().replace("+00:00", "Z")

    assert await page(f"at={instant(minutes=10)}&limit=2") == ([11, 12], True)
    assert await page(f"at={instant(minutes=9, seconds=1)}&limit=2") == ([11, 12], True)
    assert await page(f"at={instant(days=-1)}&limit=2") == ([1, 2], True)
    assert await page(f"at={instant(days=1)}&limit=2") == ([], False)
    around = await of.call("GET", "/messages?around_seq=15&limit=1", of.student)
    assert around.json()["items"][0]["my_reactions"] == [HEART]


async def test_r_lists_ask_a_constant_number_of_questions(world: World, monkeypatch: Any) -> None:
    of, asked = await talk(world), []
    reacted_by = repository.reacted_by

    async def noted(*given: Any) -> Any:
        asked.append(len(given[2]))
        return await reacted_by(*given)

    monkeypatch.setattr(repository, "reacted_by", noted)
    for number in range(5):
        await of.say(of.tutor)
        await of.react(of.student, number + 1, HEART)
    await of.call("GET", "/messages", of.student)
    assert asked == [5]
