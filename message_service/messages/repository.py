"""Queries for messages. Their callers have loaded the conversation with the member's right."""

from collections.abc import Sequence
from uuid import UUID

from pymongo.errors import BulkWriteError

from libs.mongo import DUPLICATE, Document, MongoSession, conflict
from message_service.messages.errors import MessageNotFound
from message_service.messages.models import Draft, Message, Name, Reaction

FIELDS = ("conversation_id", "seq", "sender_id", "client_msg_id", "body", "sent_at")


LATER = ("reply_to", "version", "edits", "edited_at", "deleted_at", "deleted_by")
"""Fields that not every message has."""


def _read(document: Document) -> Message:
    later = {field: document[field] for field in LATER if field in document}
    later["mentions"] = tuple(document.get("mentions", ()))
    later["reactions"] = tuple(
        Reaction(one["emoji"], one["count"]) for one in document.get("reactions", ())
    )
    return Message(document["_id"], *(document[field] for field in FIELDS), **later)


def _row(message: Message) -> Document:
    row = {"_id": message.id} | {field: getattr(message, field) for field in FIELDS}
    if message.reply_to is not None:
        row["reply_to"] = message.reply_to
    if message.mentions:
        row["mentions"] = list(message.mentions)
    return row


async def find_sent(session: MongoSession, drafts: Sequence[Draft]) -> dict[Name, Message]:
    """The messages that these drafts became when they were sent before, by the drafts' names.

    By `client_msg_id` alone: with a second `$in` the local server reads the whole collection.
    """
    wanted = {"client_msg_id": {"$in": [draft.client_msg_id for draft in drafts]}}
    names = {draft.name for draft in drafts}
    found = session["messages"].find(wanted, session=session.handle)
    sent = [_read(document) async for document in found]
    return {message.name: message for message in sent if message.name in names}


async def add_all(session: MongoSession, messages: Sequence[Message]) -> None:
    """Stores messages. A number or a name that somebody else took meanwhile makes the transaction
    repeat.
    """
    rows = [_row(message) for message in messages]
    try:
        await session["messages"].insert_many(rows, ordered=False, session=session.handle)
    except BulkWriteError as error:
        if all(one["code"] == DUPLICATE for one in error.details["writeErrors"]):
            raise conflict() from error
        raise


async def list_range(
    session: MongoSession, conversation_id: UUID, first: int, last: int
) -> list[Message]:
    """Messages from one number to another, both included, in order. Numbers have no gaps."""
    wanted = {"conversation_id": conversation_id, "seq": {"$gte": first, "$lte": last}}
    found = session["messages"].find(wanted, session=session.handle)
    return [_read(document) async for document in found.sort("seq", 1)]


async def get(session: MongoSession, conversation_id: UUID, seq: int) -> Message:
    """The message of a number. Raises `MessageNotFound`."""
    found = await list_range(session, conversation_id, seq, seq)
    if not found:
        raise MessageNotFound
    return found[0]


async def list_changed(
    session: MongoSession, conversation_id: UUID, after_version: int, limit: int
) -> list[Message]:
    """Messages that were changed last after a version, in the order of their last changes."""
    wanted = {"conversation_id": conversation_id, "version": {"$gt": after_version}}
    found = session["messages"].find(wanted, session=session.handle)
    return [_read(document) async for document in found.sort("version", 1).limit(limit)]


async def change(
    session: MongoSession, message_id: UUID, fields: Document, gone: Sequence[str] = ()
) -> None:
    """Overwrites fields of a message, and drops those that are `gone`."""
    update: Document = {"$set": fields}
    if gone:
        update["$unset"] = dict.fromkeys(gone, "")
    await session["messages"].update_one({"_id": message_id}, update, session=session.handle)


async def reacted_by(
    session: MongoSession, account_id: UUID, message_ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """By which emojis a person has reacted to these messages."""
    wanted = {"account_id": account_id, "message_id": {"$in": list(message_ids)}}
    found = session["reactions"].find(wanted, session=session.handle).sort("_id", 1)
    mine: dict[UUID, list[str]] = {}
    async for one in found:
        mine.setdefault(one["message_id"], []).append(one["emoji"])
    return mine
