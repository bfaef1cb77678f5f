"""Queries for conversations and read marks. Whoever asks must be a member: it is in the query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from libs.ids import new_id
from libs.mongo import Document, MongoSession
from message_service.contacts.repository import pair, talking
from message_service.conversations.errors import ConversationNotFound
from message_service.conversations.models import Conversation, Unread
from message_service.conversations.schemas import Kind

COUNTED = 1_000
"""So many of the latest messages are counted as unread at most."""


def _read(document: Document) -> Conversation:
    return Conversation(
        id=document["_id"],
        member_ids=tuple(document["member_ids"]),
        seq=document["seq"],
        touched=document["touched"],
        created_at=document["created_at"],
        version=document.get("version", 0),
        kind=Kind(document.get("kind", Kind.DIRECT)),
        study_session_id=document.get("study_session_id"),
        moderator_ids=tuple(document.get("moderator_ids", ())),
        ended=document.get("ended", False),
        frozen=document.get("frozen", False),
    )


async def get_for(session: MongoSession, account_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation of this member's. Raises `ConversationNotFound`."""
    found = await list_for(session, account_id, [conversation_id])
    if not found:
        raise ConversationNotFound
    return found[0]


async def get_readable(
    session: MongoSession, account_id: UUID, conversation_id: UUID
) -> Conversation:
    """A conversation that this person may read: a member's whole, and of a channel that they have
    left what there was by then: its `seq` is the last number of that. Raises
    `ConversationNotFound`.
    """
    found = await list_for(session, account_id, [conversation_id])
    if found:
        return found[0]
    mine = {"conversation_id": conversation_id, "account_id": account_id}
    left = await session["channel_leavers"].find_one(mine, session=session.handle)
    if left is None:
        raise ConversationNotFound
    channel = (await find_many(session, [conversation_id]))[conversation_id]
    return replace(channel, seq=left["left_seq"])


async def closed_among(session: MongoSession, conversations: Iterable[Conversation]) -> set[UUID]:
    """Those in which nobody may write any more: the two share no class, or the class is over. Asked
    each time, since it may have changed meanwhile.
    """
    found = list(conversations)
    pairs = {one.id: pair(*one.member_ids) for one in found if one.kind is Kind.DIRECT}
    open_pairs = await talking(session, set(pairs.values())) if pairs else set()
    closed = {one for one, key in pairs.items() if key not in open_pairs}
    return closed | {one.id for one in found if one.kind is not Kind.DIRECT and one.ended}


async def muted_in(
    session: MongoSession, conversation_ids: Sequence[UUID]
) -> set[tuple[UUID, UUID]]:
    """Who is muted now in these channels: pairs of channel and person."""
    wanted = {"conversation_id": {"$in": list(conversation_ids)}}
    found = session["mutes"].find(wanted, session=session.handle)
    now = session.clock.now()
    return {
        (one["conversation_id"], one["account_id"]) async for one in found if one["until"] > now
    }


async def list_for(
    session: MongoSession, account_id: UUID, conversation_ids: Sequence[UUID]
) -> list[Conversation]:
    """Those of the named conversations that this person is a member of."""
    wanted = {"_id": {"$in": list(conversation_ids)}, "member_ids": account_id}
    found = session["conversations"].find(wanted, session=session.handle)
    return [_read(document) async for document in found]


async def list_page(
    session: MongoSession, account_id: UUID, before: UUID | None, limit: int
) -> list[Conversation]:
    """A member's conversations, the latest activity first; one more than `limit` if there is."""
    wanted: Document = {"member_ids": account_id}
    if before is not None:
        wanted["touched"] = {"$lt": before}
    found = session["conversations"].find(wanted, session=session.handle)
    return [_read(document) async for document in found.sort("touched", -1).limit(limit + 1)]


async def list_ids(session: MongoSession, account_id: UUID) -> list[UUID]:
    """The ids of all conversations of a member, and of those channels that they have left."""
    wanted = {"member_ids": account_id}
    found = session["conversations"].find(wanted, {"_id": 1}, session=session.handle)
    left = session["channel_leavers"].find({"account_id": account_id}, session=session.handle)
    ids = [document["_id"] async for document in found]
    return ids + [document["conversation_id"] async for document in left]


async def list_touched(
    session: MongoSession, account_ids: Sequence[UUID], since: UUID
) -> list[Conversation]:
    """The conversations of any of these people with a message later than the UUIDv7 `since`."""
    wanted = {"member_ids": {"$in": list(account_ids)}, "touched": {"$gt": since}}
    found = session["conversations"].find(wanted, session=session.handle)
    return [_read(document) async for document in found]


async def list_changed(
    session: MongoSession, account_ids: Sequence[UUID], since: UUID
) -> list[Conversation]:
    """Those with a change of a message later than the UUIDv7 `since`."""
    wanted = {"member_ids": {"$in": list(account_ids)}, "changed": {"$gt": since}}
    found = session["conversations"].find(wanted, session=session.handle)
    return [_read(document) async for document in found]


async def find_many(
    session: MongoSession, conversation_ids: Iterable[UUID]
) -> dict[UUID, Conversation]:
    """Conversations by id, whoever asks; the caller checks the members."""
    wanted = {"_id": {"$in": list(conversation_ids)}}
    found = session["conversations"].find(wanted, session=session.handle)
    return {document["_id"]: _read(document) async for document in found}


async def open_pair(session: MongoSession, one: UUID, other: UUID, now: datetime) -> Conversation:
    """The conversation of two people, made if there is none. Not for use in a transaction."""
    conversations, key = session["conversations"], {"pair": pair(one, other)}
    new_one = new_id()
    fresh = {
        "_id": new_one, "member_ids": [one, other], "seq": 0, "touched": new_one, "created_at": now,
    }  # fmt: skip
    found = await conversations.find_one(key)
    if found is None:
        try:
            await conversations.insert_one(fresh | key)
        except DuplicateKeyError:
            found = await conversations.find_one(key)  # the other person was faster
    return _read(found or fresh)


async def advance(session: MongoSession, conversations: Sequence[Conversation]) -> None:
    """Writes the last numbers of conversations.

    A writer who took some of them meanwhile makes the transaction repeat: the server tells by its
    snapshot, and the numbers of messages, which go with these, are unique.
    """
    await session["conversations"].bulk_write(
        [
            UpdateOne({"_id": one.id}, {"$set": {"seq": one.seq, "touched": one.touched}})
            for one in conversations
        ],
        ordered=False,
        session=session.handle,
    )


async def raise_read_mark(
    session: MongoSession, account_id: UUID, conversation_id: UUID, seq: int
) -> int:
    """Raises a read mark to `seq`, never lowers it; returns it."""
    marks, mine = (
        session["read_marks"],
        {"conversation_id": conversation_id, "account_id": account_id},
    )
    change = {"$max": {"read_up_to": seq}}
    try:
        await marks.update_one(mine, change, upsert=True)
    except DuplicateKeyError:  # two devices made the mark at the same instant
        await marks.update_one(mine, change)
    found = await marks.find_one(mine)
    return int(found["read_up_to"]) if found else seq


async def read_marks(
    session: MongoSession, account_id: UUID, conversation_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """How far a person has read, by conversation."""
    wanted = {"account_id": account_id, "conversation_id": {"$in": list(conversation_ids)}}
    found = session["read_marks"].find(wanted, session=session.handle)
    return {mark["conversation_id"]: mark["read_up_to"] async for mark in found}


async def marks_in(session: MongoSession, conversation: Conversation) -> dict[UUID, int]:
    """How far each member has read, as far as they have read anything."""
    wanted = {"conversation_id": conversation.id, "account_id": {"$in": conversation.member_ids}}
    found = session["read_marks"].find(wanted, session=session.handle)
    return {mark["account_id"]: mark["read_up_to"] async for mark in found}


async def count_unread(
    session: MongoSession,
    account_id: UUID,
    conversations: Sequence[Conversation],
    marks: Mapping[UUID, int],
) -> dict[UUID, Unread]:
    """What others have written after a person's read marks and has not been deleted, and how much
    of it mentions the person; of the last `COUNTED` messages of each conversation.
    """
    later = [
        {"conversation_id": one.id, "seq": {"$gt": max(marks.get(one.id, 0), one.seq - COUNTED)}}
        for one in conversations
        if marks.get(one.id, 0) < one.seq
    ]
    if not later:
        return {}
    wanted = {"$or": later, "sender_id": {"$ne": account_id}, "deleted_at": None}
    said = {"$cond": [{"$in": [account_id, {"$ifNull": ["$mentions", []]}]}, 1, 0]}
    sums = {"_id": "$conversation_id", "messages": {"$sum": 1}, "mentions": {"$sum": said}}
    found = session["messages"].aggregate(
        [{"$match": wanted}, {"$group": sums}], session=session.handle
    )
    return {one["_id"]: Unread(one["messages"], one["mentions"]) async for one in found}


async def advance_version(session: MongoSession, conversation: Conversation) -> int:
    """Takes the next number for a change of a message, in a transaction: of two that take the same
    one, the server makes the later repeat.
    """
    version = conversation.version + 1
    await session["conversations"].update_one(
        {"_id": conversation.id},
        {"$set": {"version": version, "changed": new_id()}},
        session=session.handle,
    )
    return version
