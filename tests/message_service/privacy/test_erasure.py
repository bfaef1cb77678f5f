"""What an export shows of chats, and what an erasure leaves."""

from typing import Any

from libs.data_map import PERSON
from libs.ids import new_id
from libs.personal_documents import sections
from message_service.privacy import jobs
from message_service.privacy.data_map import STORES
from message_service.privacy.schemas import EraseAccount
from tests.message_service.channels.school import school
from tests.message_service.world import World
from tests.stack import User


async def lists(world: World, who: User) -> dict[str, list[Any]]:
    """A person's lists, as an export has them."""
    known = await jobs._known(world.parts.mongo, who.id)
    assert known[PERSON] == who.id
    async with world.parts.mongo.reads() as session:
        return {
            one.name: [row async for row in one.rows]
            async for one in sections(session, STORES, known)
        }


async def test_x18_a_person_who_has_left_a_channel_is_erased_there_too(world: World) -> None:
    made, [ann, bob] = await school(world)
    await made.say(ann, "secret")
    await made.call("PATCH", ann, "/messages/1", {"body": "edited secret"})
    await made.call("PUT", ann, "/messages/1/reactions/✅")
    await made.call("POST", bob, "/messages/1/reports", {"reason": "spam", "note": "bob's"})
    mute = {"reason": "secret reason", "seconds": 60}
    await made.call("PUT", made.tutor, f"/mutes/{ann.id}", mute)
    path = "/v1/chat-preferences"
    await world.http.patch(path, json={"receipts": False}, headers=ann.headers)
    await made.leave(ann)
    found = await lists(world, ann)
    assert [one["body"] for one in found["messages"]] == ["edited secret"]
    assert [one["body"] for one in found["message_edits"]] == ["secret"]
    assert [one["emoji"] for one in found["reactions"]] == ["✅"]
    assert [one["body"] for one in found["reported_messages"]] == ["edited secret"]
    assert [one["reason"] for one in found["moderation_log"]] == ["secret reason"]
    assert found["chat_preferences"] == [{"receipts": False}]
    assert [one["left_seq"] for one in found["channel_leavers"]] == [1, 0]
    assert (len(found["mutes"]), found["reports_made"]) == (1, [])
    job = EraseAccount(erasure_id=new_id(), account_id=ann.id)
    for _ in range(2):
        await jobs.erase(world.parts.mongo, job)
    database = world.parts.mongo.database
    for name in await database.list_collection_names():
        assert "secret" not in str([row async for row in database[name].find()]), name
    [report] = await database["reports"].find().to_list(None)
    assert (report["body"], report["note"]) == ("", "bob's")
    [message] = await world.stored(await made.channel())
    assert (message["body"], message["version"]) == ("", 2)
    for gone in ("message_edits", "channel_leavers", "mutes", "preferences"):
        assert await world.count(gone) == 0
    assert await made.read(bob) == [1]
