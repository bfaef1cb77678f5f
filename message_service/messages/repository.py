"""Queries for messages. Their callers have loaded the conversation with the member's right."""

from collections.abc import Sequence
from uuid import UUID

from pymongo.errors import BulkWriteError

from libs.mongo import DUPLICATE, Document, MongoSession, conflict
from message_service.messages.models import Draft, Message, Name

FIELDS = ("conversation_id", "seq", "sender_id", "client_msg_id", "body", "sent_at")


def _read(document: Document) -> Message:
    return Message(document["_id"], *(document[field] for field in FIELDS))


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
    rows = [
        {"_id": message.id} | {field: getattr(message, field) for field in FIELDS}
        for message in messages
    ]
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
