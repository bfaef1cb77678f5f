"""Moderators freeze, mute and remove; members report; all of it is written down (V13)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.ids import new_id
from message_service.conversations.errors import ChannelFrozen
from message_service.messages.models import Draft
from tests.message_service.channels.school import School, school
from tests.message_service.world import World
from tests.stack import User

FROZEN, MUTED = (403, "channel_frozen"), (403, "sender_muted")
NOT_MODERATOR = (403, "not_a_moderator")


async def act(
    made: School, method: str, who: User, path: str, body: Any = None, kind: str = "class"
) -> tuple[int, Any]:
    """Status, and code or body, of an answer."""
    answer = await made.call(method, who, path, body, kind)
    found: Any = answer.json() if answer.content else None
    return answer.status_code, found if answer.is_success else found["code"]


async def log(made: School) -> list[tuple[Any, ...]]:
    """What the log says, the first entry first."""
    _, page = await act(made, "GET", made.tutor, "/moderation-log")
    return [
        (one["action"], one["account_id"], one["seq"], one["reason"])
        for one in reversed(page["items"])
    ]


async def test_v13_a_frozen_channel_is_the_moderators(world: World) -> None:
    made, [ann, _] = await school(world)
    await made.say(ann)
    why = {"reason": "Too loud"}
    assert await act(made, "PUT", ann, "/freeze", why) == NOT_MODERATOR
    for _ in range(2):
        assert await act(made, "PUT", made.tutor, "/freeze", why) == (200, {"frozen": True})
    assert (await made.call("GET", ann)).json()["frozen"] is True
    assert await made.say(ann) == FROZEN
    assert await act(made, "PATCH", ann, "/messages/1", {"body": "x"}) == FROZEN
    assert (await act(made, "DELETE", ann, "/messages/1"))[0] == 200
    assert await made.say(made.tutor) == (201, 2)
    assert await made.join() is not None  # who comes changes nothing of it
    assert await made.say(ann) == FROZEN
    assert await act(made, "DELETE", made.tutor, "/freeze") == (200, {"frozen": False})
    assert await made.say(ann) == (201, 3)
    assert await log(made) == [("frozen", None, None, "Too loud"), ("thawed", None, None, "")]


async def test_v13_a_muted_student_reads_and_does_not_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, [ann, bob] = await school(world)
    helper = world.stack.as_user("tutor")
    await made.help(helper)
    path, why = f"/mutes/{ann.id}", {"reason": "Rude", "seconds": 60}
    clock = world.parts.mongo.clock
    now = clock.now().replace(microsecond=0)
    monkeypatch.setattr(type(clock), "now", lambda _: now)
    status, muted = await act(made, "PUT", helper, path, why)
    assert (status, muted["account_id"]) == (200, str(ann.id))
    assert muted["until"] == (now + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
    assert await made.say(ann) == MUTED
    assert await made.say(bob) == (201, 1)
    assert await made.read(ann) == [1]
    assert (await act(made, "GET", helper, "/mutes"))[1] == {"items": [muted]}
    monkeypatch.setattr(type(clock), "now", lambda _: now + timedelta(seconds=59))
    assert await made.say(ann) == MUTED
    monkeypatch.setattr(type(clock), "now", lambda _: now + timedelta(seconds=60))
    assert await made.say(ann) == (201, 2)
    assert (await act(made, "GET", helper, "/mutes"))[1] == {"items": []}
    await act(made, "PUT", helper, path, why)
    assert await act(made, "DELETE", helper, path) == (204, None)
    assert await made.say(ann) == (201, 3)
    refused = (403, "moderator_not_muted")
    assert await act(made, "PUT", helper, f"/mutes/{made.tutor.id}", why) == refused
    stranger = f"/mutes/{world.stack.as_user('student').id}"
    assert await act(made, "PUT", helper, stranger, why) == (404, "person_not_found")
    assert await act(made, "PUT", bob, path, why) == NOT_MODERATOR
    assert (await act(made, "PUT", helper, path, why | {"seconds": 59}))[0] == 422
    who = str(ann.id)
    assert await log(made) == [
        ("muted", who, None, "Rude"), ("muted", who, None, "Rude"), ("unmuted", who, None, ""),
    ]  # fmt: skip


async def test_v13_what_is_sent_while_a_channel_is_frozen_is_before_or_refused(
    world: World,
) -> None:
    made, [ann, _] = await school(world)
    channel = await made.channel()
    drafts = [Draft(channel, ann.id, new_id(), f"{n}", "") for n in range(30)]

    async def send(number: int) -> bool:
        await asyncio.sleep(number / 200)
        try:
            await world.parts.sender.send(drafts[number])
        except ChannelFrozen:
            return False
        return True

    async def freeze() -> int:
        await asyncio.sleep(0.03)
        await act(made, "PUT", made.tutor, "/freeze", {"reason": "x"})
        return int((await made.call("GET", made.tutor)).json()["last_seq"])

    last, *sent = await asyncio.gather(freeze(), *(send(number) for number in range(30)))
    assert sum(sent) == last == len(await world.stored(channel))


async def test_v13_moderators_remove_messages_and_see_edits(world: World) -> None:
    made, [ann, bob] = await school(world)
    live = await world.live(bob)
    await made.say(ann, "rude", mentions=[str(bob.id)])
    await live.await_type("message")
    await act(made, "PATCH", ann, "/messages/1", {"body": "ruder"})
    _, edits = await act(made, "GET", made.tutor, "/messages/1/edits")
    assert [one["body"] for one in edits["items"]] == ["rude"]
    assert await act(made, "GET", bob, "/messages/1/edits") == (403, "not_the_author")
    why = {"reason": "Rude"}
    assert await act(made, "POST", bob, "/messages/1/removal", why) == NOT_MODERATOR
    for _ in range(2):
        status, stone = await act(made, "POST", made.tutor, "/messages/1/removal", why)
        assert (status, stone["body"], stone["deleted_by"]) == (200, "", "moderator")
    assert [(await live.await_type("changed"))["version"] for _ in range(2)] == [1, 2]
    assert await log(made) == [("removed", str(ann.id), 1, "Rude")]
    shown = (await made.call("GET", bob)).json()
    assert (shown["unread"], shown["mentions"]) == (0, 0)
    missing = await act(made, "POST", made.tutor, "/messages/2/removal", why)
    assert missing == (404, "message_not_found")


async def test_v13_reports_keep_what_was_said(world: World) -> None:
    made, [ann, bob] = await school(world)
    await made.say(ann, "rude")
    body = {"reason": "abuse", "note": "Look"}
    reports = [await act(made, "POST", bob, "/messages/1/reports", body) for _ in range(2)]
    assert reports[0] == reports[1]
    assert reports[0][0] == 201
    await act(made, "DELETE", ann, "/messages/1")
    late = await act(made, "POST", made.tutor, "/messages/1/reports", body)
    assert late == (409, "message_deleted")
    assert await act(made, "GET", bob, "/reports") == NOT_MODERATOR
    _, page = await act(made, "GET", made.tutor, "/reports?state=open")
    [one] = page["items"]
    assert (one["id"], one["body"], one["note"]) == (reports[0][1]["id"], "rude", "Look")
    assert (one["reporter_id"], one["author_id"]) == (str(bob.id), str(ann.id))
    path, done = f"/reports/{one['id']}/resolution", {"upheld": True, "reason": "Warned"}
    assert await act(made, "POST", bob, path, done) == NOT_MODERATOR
    status, ended = await act(made, "POST", made.tutor, path, done)
    assert (status, ended["state"], ended["resolved_by"]) == (200, "upheld", str(made.tutor.id))
    assert await act(made, "POST", made.tutor, path, done) == (409, "report_resolved")
    assert (await act(made, "GET", made.tutor, "/reports?state=open"))[1]["items"] == []
    assert await log(made) == [("resolved", str(ann.id), 1, "Warned")]
    other, [_] = await school(world, 1)
    missing = await act(other, "POST", other.tutor, path, done)
    assert missing == (404, "report_not_found")  # another channel's


async def test_v13_reports_of_conversations_of_two_go_to_admins(world: World) -> None:
    tutor, student, conversation = await world.pair()
    admin = world.stack.as_user("admin")
    await world.parts.sender.send(Draft(conversation, tutor.id, new_id(), "rude", ""))
    path = f"/v1/conversations/{conversation}/messages/1/reports"
    await world.http.post(path, json={"reason": "danger"}, headers=student.headers)
    page = (await world.http.get("/v1/message-reports", headers=admin.headers)).json()
    [one] = page["items"]
    assert (one["body"], one["state"], page["next_cursor"]) == ("rude", "open", None)
    done = await world.http.post(
        f"/v1/message-reports/{one['id']}/resolution",
        json={"upheld": False, "reason": "A joke"},
        headers=admin.headers,
    )
    assert done.json()["state"] == "dismissed"


@pytest.mark.parametrize("who", ["author", "reporter"])
async def test_v13_ten_reports_at_once_are_one(world: World, who: str) -> None:
    made, [ann, bob] = await school(world)
    await made.say(ann)
    person = ann if who == "author" else bob
    body = {"reason": "spam"}
    answers = await asyncio.gather(
        *(act(made, "POST", person, "/messages/1/reports", body) for _ in range(10))
    )
    assert {status for status, _ in answers} == {201}
    assert len({report["id"] for _, report in answers}) == 1
