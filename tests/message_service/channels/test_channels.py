"""The channels of a class follow who is in it (V2, V-A3)."""

import asyncio
import itertools
from typing import Any

import pytest

from libs.effects import handle_all
from libs.events.session import MembershipApproved, MembershipRemoved, StudySessionActivated
from libs.ids import new_id
from message_service.background import HANDLERS
from message_service.channels import service
from message_service.messages.models import Draft
from tests.message_service.channels.school import School, school
from tests.message_service.world import World
from tests.stack import User

NOT_FOUND = (404, "conversation_not_found")
LEFT = (403, "channel_left")


async def listed(world: World, who: User) -> list[Any]:
    """The channels that somebody sees in their list."""
    answer = await world.http.get("/v1/conversations", headers=who.headers)
    return [one for one in answer.json()["items"] if one["kind"] != "direct"]


async def test_v2_a_class_has_two_channels(world: World) -> None:
    made, [ann, bob] = await school(world)
    for who, moderates in ((made.tutor, True), (ann, False), (bob, False)):
        shown = await listed(world, who)
        assert sorted(one["kind"] for one in shown) == ["announcements", "class"]
        for one in shown:
            assert one["study_session_id"] == str(made.code["study_session_id"])
            assert (one["moderator"], one["member_count"], one["open"]) == (moderates, 3, True)
            assert one["members"] == []
    assert [await made.say(who) for who in (made.tutor, ann, bob)] == [(201, 1), (201, 2), (201, 3)]
    assert await made.read(bob) == [1, 2, 3]
    assert await made.say(made.tutor, kind="announcements") == (201, 1)
    assert await made.say(ann, kind="announcements") == (403, "announce_only")
    members = (await made.call("GET", ann, "/members?limit=2")).json()
    rest = await made.call("GET", ann, f"/members?limit=2&cursor={members['next_cursor']}")
    found = members["items"] + rest.json()["items"]
    assert [one["account_id"] for one in found] == sorted(str(u.id) for u in (made.tutor, ann, bob))
    assert [one["account_id"] for one in found if one["moderator"]] == [str(made.tutor.id)]


async def test_v_a3_a_removed_student_reads_what_there_was_and_no_more(world: World) -> None:
    made, [ann, bob] = await school(world)
    live = await world.live(ann)
    await made.say(made.tutor)
    assert (await live.await_type("message"))["seq"] == 1
    await made.say(ann)
    assert (await live.await_type("message"))["seq"] == 2
    await made.remove(ann)
    assert await made.say(made.tutor) == (201, 3)
    assert await made.say(ann) == NOT_FOUND
    assert await listed(world, ann) == []
    assert await made.read(ann) == [1, 2]
    assert await made.read(ann, "?before_seq=9") == [1, 2]
    assert await made.read(ann, "?after_seq=1") == [2]
    assert await made.read(ann, "?around_seq=2&limit=2") == [1, 2]
    for query in ("?after_seq=2", "?around_seq=3"):
        assert await made.read(ann, query) == LEFT
    one = await made.call("GET", ann, "/messages/3")
    assert (one.status_code, one.json()["code"]) == LEFT
    assert (await made.call("GET", ann, "/messages/2")).status_code == 200
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/members", None),
        ("GET", "/changes", None),
        ("PUT", "/read", {"read_up_to": 3}),
        ("DELETE", "/messages/2", None),
        ("PUT", "/messages/1/reactions/✅", None),
    ):
        answer = await made.call(method, ann, path, body)
        assert (answer.status_code, answer.json()["code"]) == NOT_FOUND
    await live.tell("ping")
    assert await live.next() == {"type": "pong"}  # nothing more came
    channel = await made.channel()
    async with await world.live(ann, {channel: 0}) as again:
        assert (await again.next())["code"] == "conversation_not_found"
    assert await made.read(bob) == [1, 2, 3]
    await made.join(ann)
    assert await made.read(ann) == [1, 2, 3]
    assert await made.say(ann) == (201, 4)
    assert await world.count("channel_leavers") == 0


async def test_v_a3_a_stranger_reads_nothing(world: World) -> None:
    made, _ = await school(world)
    await made.say(made.tutor)
    for stranger in (world.stack.as_user("student"), world.stack.as_user("admin")):
        assert await made.read(stranger) == NOT_FOUND
        assert await made.say(stranger) == NOT_FOUND


async def test_v2_helpers_moderate_and_observers_are_not_there(world: World) -> None:
    made, _ = await school(world, 0)
    helper, parent = world.stack.as_user("tutor"), world.stack.as_user("student")
    await made.help(helper)
    await made.help(parent, "observer")
    assert await made.say(helper, kind="announcements") == (201, 1)
    assert await made.say(parent) == NOT_FOUND
    await made.help(helper, ended=True)
    assert await made.say(helper) == NOT_FOUND
    await made.say(made.tutor)
    assert await made.read(helper) == []


async def test_v2_the_new_owner_moderates(world: World) -> None:
    made, [ann] = await school(world, 1)
    old, new = made.tutor, world.stack.as_user("tutor")
    await made.hand_over(new)
    assert await made.say(new, kind="announcements") == (201, 1)
    assert await made.say(old) == NOT_FOUND
    assert await made.say(ann) == (201, 1)


async def test_v_a3_a_class_that_is_over_is_read_only(world: World) -> None:
    made, [ann] = await school(world, 1)
    await made.say(ann)
    await made.end()
    closed = (403, "conversation_closed")
    assert [await made.say(who) for who in (ann, made.tutor)] == [closed, closed]
    assert await made.read(ann) == [1]
    [shown, _] = await listed(world, ann)
    assert shown["open"] is False
    refused = await made.call("PUT", ann, "/messages/1/reactions/✅")
    assert (refused.status_code, refused.json()["code"]) == closed
    assert (await made.call("DELETE", ann, "/messages/1")).status_code == 200


async def test_v2_a_class_of_which_nothing_was_told_gets_channels_by_its_next_student(
    world: World,
) -> None:
    made = School(world)
    ann = await made.join()
    assert await made.say(made.tutor, kind="announcements") == (201, 1)
    assert await made.say(ann) == (201, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_v2_whatever_the_order_of_events(world: World, order: tuple[int, ...]) -> None:
    made, ann, bob = School(world), world.stack.as_user("student"), world.stack.as_user("student")
    opened = StudySessionActivated(**made.code, tutor_id=made.tutor.id, revision=2)
    events = [
        opened, MembershipApproved(**made.fields(ann)), MembershipApproved(**made.fields(bob)),
        MembershipRemoved(**made.fields(bob)),
    ]  # fmt: skip
    for number in order:
        await made.tell(events[number])
    channels = await world.parts.mongo.database["conversations"].find().to_list(None)
    assert len(channels) == 2
    for one in channels:
        assert (one["member_ids"], one["moderator_ids"]) == (
            [made.tutor.id, ann.id], [made.tutor.id],
        )  # fmt: skip


async def test_v2_consumers_that_work_at_one_class_at_once_lose_nobody(world: World) -> None:
    """Events of one class's memberships come in several partitions; messages are sent meanwhile."""
    made, [ann] = await school(world, 1)
    channel, mongo = await made.channel(), world.parts.mongo
    students = [world.stack.as_user("student") for _ in range(12)]
    events = [MembershipApproved(**made.fields(one)) for one in students]

    async def take(event: MembershipApproved) -> None:
        await mongo.run(lambda session: handle_all(session, [event], HANDLERS), 60)

    drafts = [Draft(channel, ann.id, new_id(), f"{n}", "") for n in range(12)]
    sends = [world.parts.sender.send(draft) for draft in drafts]
    await asyncio.gather(*(take(event) for event in events), *sends)
    for kind in ("class", "announcements"):
        shown = (await made.call("GET", ann, kind=kind)).json()
        assert shown["member_count"] == 14
    assert [one["seq"] for one in await world.stored(channel)] == list(range(1, 13))


async def test_v2_a_thousand_are_in_a_channel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_MEMBERS", 3)
    made, [ann, bob] = await school(world)
    late = await made.join()
    assert [await made.say(who) for who in (made.tutor, ann, bob)] == [(201, 1), (201, 2), (201, 3)]
    assert await made.say(late) == NOT_FOUND


async def test_v_a5_mentions_and_receipts_in_a_channel(world: World) -> None:
    made, [ann, bob] = await school(world)
    live = await world.live(made.tutor)
    await made.say(made.tutor, mentions=[str(ann.id)])
    assert (await live.await_type("message"))["mentions"] == [str(ann.id)]
    counts = []
    for who in (ann, bob):
        shown = (await made.call("GET", who)).json()
        counts.append((shown["unread"], shown["mentions"]))
    assert counts == [(1, 1), (1, 0)]
    assert (await made.call("PUT", ann, "/read", {"read_up_to": 1})).status_code == 200
    assert (await made.call("GET", made.tutor, "/receipts")).json() == {"items": []}
    await live.tell("ping")
    assert await live.next() == {"type": "pong"}  # nobody is told who has read
