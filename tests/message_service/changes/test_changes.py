"""Edits, deletions and reactions: what they change, who may, and how each is told (V-A6)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from message_service.changes import service
from message_service.messages.models import Draft
from tests.message_service.world import World
from tests.stack import User

HEART, SMILE = "❤️", "😀"


class Talk:
    """A tutor and a student with a conversation, over HTTP."""

    def __init__(self, world: World, tutor: User, student: User, conversation: UUID) -> None:
        self.world, self.tutor, self.student = world, tutor, student
        self.id = conversation
        self.path = f"/v1/conversations/{conversation}"

    async def say(self, who: User, body: str = "Hello", **more: Any) -> Any:
        """Sends a message; returns the answer."""
        body_ = {"client_msg_id": str(new_id()), "body": body} | more
        return await self.call("POST", "/messages", who, body_)

    async def call(self, method: str, path: str, who: User, body: Any = None) -> Any:
        """An answer under the conversation's path."""
        return await self.world.http.request(
            method, self.path + path, json=body, headers=who.headers
        )

    async def said(self, who: User, seq: int) -> Any:
        """A message as somebody sees it."""
        return (await self.call("GET", f"/messages/{seq}", who)).json()

    async def edit(self, who: User, seq: int, body: str, **more: Any) -> Any:
        """Edits a message; returns the answer."""
        return await self.call("PATCH", f"/messages/{seq}", who, {"body": body} | more)

    async def delete(self, who: User, seq: int) -> Any:
        """Deletes a message; returns the answer."""
        return await self.call("DELETE", f"/messages/{seq}", who)

    async def react(self, who: User, seq: int, emoji: str, method: str = "PUT") -> Any:
        """Reacts to a message; returns the answer."""
        return await self.call(method, f"/messages/{seq}/reactions/{emoji}", who)


async def talk(world: World) -> Talk:
    """Two people who may talk."""
    return Talk(world, *await world.pair())


def why(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the limit on changes."""
    monkeypatch.setattr(service, "LIMIT", 1_000_000)


async def test_v_a6_an_edit_keeps_what_was_said(world: World) -> None:
    of = await talk(world)
    await of.say(of.tutor, "Helo")
    answer = await of.edit(of.tutor, 1, "Hello")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["body"], shown["version"], shown["seq"]) == ("Hello", 1, 1)
    assert shown["edited_at"] is not None
    assert (await of.edit(of.tutor, 1, "Hello!")).json()["version"] == 2
    assert (await of.edit(of.tutor, 1, "Hello!")).json()["version"] == 2  # nothing new
    edits = (await of.call("GET", "/messages/1/edits", of.tutor)).json()["items"]
    assert [(one["number"], one["body"]) for one in edits] == [(1, "Helo"), (2, "Hello")]
    seen = await of.said(of.student, 1)
    assert (seen["body"], seen["version"]) == ("Hello!", 2)
    assert why(await of.call("GET", "/messages/1/edits", of.student)) == (403, "not_the_author")


async def test_v_a6_fifteen_minutes_for_edits(world: World, monkeypatch: Any) -> None:
    of = await talk(world)
    await of.say(of.tutor, "Helo")
    sent = (await world.stored(of.id))[0]["sent_at"]
    clock = world.parts.mongo.clock
    monkeypatch.setattr(type(clock), "now", lambda _: sent + timedelta(seconds=899))
    assert (await of.edit(of.tutor, 1, "Hello")).status_code == 200
    monkeypatch.setattr(type(clock), "now", lambda _: sent + timedelta(seconds=900))
    assert why(await of.edit(of.tutor, 1, "Hallo")) == (403, "edit_too_late")
    assert (await of.edit(of.tutor, 1, "Hello")).status_code == 200  # nothing new
    assert (await of.said(of.tutor, 1))["body"] == "Hello"
    assert (await of.delete(of.tutor, 1)).status_code == 200


async def test_v_a6_a_tombstone_says_nothing(world: World, unlimited: None) -> None:
    of = await talk(world)
    await of.say(of.tutor, "Helo", mentions=[str(of.student.id)])
    await of.edit(of.tutor, 1, "secret")
    await of.react(of.student, 1, HEART)
    answer = await of.delete(of.tutor, 1)
    stone = answer.json()
    assert (stone["seq"], stone["body"], stone["deleted_by"]) == (1, "", "author")
    assert (stone["mentions"], stone["reactions"], stone["edited_at"]) == ([], [], None)
    assert stone["version"] == 3
    assert (await of.delete(of.tutor, 1)).json() == stone
    assert why(await of.edit(of.tutor, 1, "back")) == (409, "message_deleted")
    assert why(await of.react(of.student, 1, HEART)) == (409, "message_deleted")
    assert await world.count("message_edits") == await world.count("reactions") == 0
    [row] = await world.stored(of.id)
    assert not {"mentions", "reactions", "edits", "edited_at"} & set(row)
    assert (await of.say(of.tutor, "next")).json()["seq"] == 2


async def test_v_a6_only_the_author(world: World) -> None:
    of, stranger = await talk(world), world.stack.as_user("tutor")
    await of.say(of.tutor)
    assert why(await of.edit(of.student, 1, "Mine")) == (403, "not_the_author")
    assert why(await of.delete(of.student, 1)) == (403, "not_the_author")
    for answer in (
        await of.edit(stranger, 1, "Mine"),
        await of.delete(stranger, 1),
        await of.react(stranger, 1, HEART),
        await of.call("GET", "/messages/1", stranger),
        await of.call("GET", "/messages/1/edits", stranger),
        await of.call("GET", "/messages/1/reactions", stranger),
        await of.call("GET", "/changes", stranger),
        await of.call("GET", "/receipts", stranger),
    ):
        assert why(answer) == (404, "conversation_not_found")
    assert why(await of.edit(of.tutor, 2, "Mine")) == (404, "message_not_found")
    assert (await of.said(of.tutor, 1))["version"] == 0


async def test_v_a6_fifty_edits(world: World, unlimited: None) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    assert [(await of.edit(of.tutor, 1, f"{n}")).status_code for n in range(50)] == [200] * 50
    assert why(await of.edit(of.tutor, 1, "once more")) == (409, "too_many_edits")
    assert await world.count("message_edits") == 50


async def test_v_a6_who_shares_no_class_deletes_but_edits_no_more(world: World) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    await world.parts.mongo.database["entitlements"].delete_many({})
    assert why(await of.edit(of.tutor, 1, "x")) == (403, "conversation_closed")
    assert why(await of.react(of.student, 1, HEART)) == (403, "conversation_closed")
    assert (await of.delete(of.tutor, 1)).status_code == 200


async def test_v10_reactions_are_counted_once_a_person(world: World, unlimited: None) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    for who, emoji in ((of.tutor, HEART), (of.student, HEART), (of.student, SMILE)):
        for _ in range(2):
            assert (await of.react(who, 1, emoji)).status_code == 200
    seen = await of.said(of.student, 1)
    assert seen["reactions"] == [{"emoji": HEART, "count": 2}, {"emoji": SMILE, "count": 1}]
    assert (seen["my_reactions"], seen["version"]) == ([HEART, SMILE], 3)
    assert (await of.said(of.tutor, 1))["my_reactions"] == [HEART]
    page = (await of.call("GET", "/messages/1/reactions?limit=2", of.tutor)).json()
    rest = await of.call(
        "GET", f"/messages/1/reactions?limit=2&cursor={page['next_cursor']}", of.tutor
    )
    reactors = [(one["account_id"], one["emoji"]) for one in page["items"] + rest.json()["items"]]
    tutor, student = str(of.tutor.id), str(of.student.id)
    assert reactors == [(student, SMILE), (student, HEART), (tutor, HEART)]
    for _ in range(2):
        await of.react(of.tutor, 1, HEART, "DELETE")
        await of.react(of.student, 1, SMILE, "DELETE")
    seen = await of.said(of.tutor, 1)
    assert (seen["reactions"], seen["version"]) == ([{"emoji": HEART, "count": 1}], 5)


@pytest.mark.parametrize("emoji", ["a", "ok", "1", "👍 👍", "!", "ß", "😀" * 17])
async def test_v10_only_emojis(world: World, emoji: str) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    assert (await of.react(of.tutor, 1, emoji)).status_code == 422


@pytest.mark.parametrize("emoji", ["👍🏽", "🇩🇪", "1️⃣", "👩‍👩‍👧", "✅"])
async def test_v10_emojis_of_several_signs(world: World, emoji: str) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    answer = await of.react(of.tutor, 1, emoji)
    assert answer.json()["reactions"] == [{"emoji": emoji, "count": 1}]


async def test_v10_twenty_different_reactions(world: World, unlimited: None) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    emojis = [chr(0x1F600 + n) for n in range(21)]
    answers = [await of.react(of.tutor, 1, emoji) for emoji in emojis]
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    assert why(answers[20]) == (409, "too_many_reactions")
    assert (await of.react(of.student, 1, emojis[0])).status_code == 200


async def test_v10_what_twenty_change_at_once_takes_twenty_versions(
    world: World, unlimited: None
) -> None:
    """Beside messages that are sent at the same time."""
    of = await talk(world)
    await of.say(of.tutor)
    emojis = [chr(0x1F600 + n) for n in range(10)]
    drafts = [Draft(of.id, of.tutor.id, new_id(), f"{n}", "") for n in range(20)]
    reacting = [of.react(who, 1, one) for one in emojis for who in (of.tutor, of.student)]
    sending = [world.parts.sender.send(draft) for draft in drafts]
    answers, acks = await asyncio.gather(asyncio.gather(*reacting), asyncio.gather(*sending))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 21))
    assert sorted(ack.seq for ack in acks) == list(range(2, 22))
    seen = await of.said(of.tutor, 1)
    assert {one["emoji"]: one["count"] for one in seen["reactions"]} == dict.fromkeys(emojis, 2)


async def test_v10_replies_and_mentions(world: World) -> None:
    of, stranger = await talk(world), world.stack.as_user("student")
    assert why(await of.say(of.tutor, reply_to=1)) == (422, "reply_unknown")
    assert (await of.say(of.tutor)).status_code == 201
    twice = [str(of.tutor.id)] * 2
    assert (await of.say(of.student, "You?", reply_to=1, mentions=twice)).json()["seq"] == 2
    seen = await of.said(of.tutor, 2)
    assert (seen["reply_to"], seen["mentions"]) == (1, twice[:1])
    refused = await of.say(of.student, mentions=[str(stranger.id)])
    assert why(refused) == (422, "mention_unknown")
    refused = await of.edit(of.tutor, 1, "x", mentions=[str(stranger.id)])
    assert why(refused) == (422, "mention_unknown")
    assert (await of.say(of.student, mentions=[str(new_id())] * 21)).status_code == 422
    assert len(await world.stored(of.id)) == 2


async def test_v10_a_reply_to_what_another_process_has_stored(world: World) -> None:
    """What this process remembers of the conversation is older than the message."""
    of = await talk(world)
    await of.say(of.tutor)
    memory = world.parts.sender.memory
    memory.keep([replace(one, seq=0) for one in memory.take([of.id]).values()])
    assert (await of.say(of.student, reply_to=1)).json()["seq"] == 2


async def test_v_a9_sixty_changes_a_minute(world: World) -> None:
    of = await talk(world)
    await of.say(of.tutor)
    answers = [await of.react(of.tutor, 1, HEART) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert (await of.react(of.student, 1, HEART)).status_code == 200
