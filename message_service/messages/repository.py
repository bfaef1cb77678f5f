"""Queries for messages. Their callers have loaded the conversation with the member's right."""

from collections.abc import Sequence
from uuid import UUID

from libs.mongo import Document, MongoSession
from message_service.messages.models import Draft, Message

FIELDS = ("conversation_id", "seq", "sender_id", "client_msg_id", "body", "sent_at")


def _read(document: Document) -> Message:
    return Message(document["_id"], *(document[field] for field in FIELDS))


async def find_sent(
    session: MongoSession, conversation_id: UUID, drafts: Sequence[Draft]
) -> dict[tuple[UUID, UUID], Message]:
    """The messages that these drafts became when they were sent before, by the drafts' keys.

    One query per sender: with two `$in` the local server reads the whole collection.
    """
    sent: dict[tuple[UUID, UUID], Message] = {}
    for sender_id in {draft.sender_id for draft in drafts}:
        names = [draft.client_msg_id for draft in drafts if draft.sender_id == sender_id]
        wanted = {
            "conversation_id": conversation_id,
            "sender_id": sender_id,
            "client_msg_id": {"$in": names},
        }
        async for document in session["messages"].find(wanted, session=session.handle):
            sent[sender_id, document["client_msg_id"]] = _read(document)
    return sent


async def add_all(session: MongoSession, messages: Sequence[Message]) -> None:
    """Stores messages."""
    rows = [
        {"_id": message.id} | {field: getattr(message, field) for field in FIELDS}
        for message in messages
    ]
    await session["messages"].insert_many(rows, session=session.handle)


async def list_range(
    session: MongoSession, conversation_id: UUID, first: int, last: int
) -> list[Message]:
    """Messages from one number to another, both included, in order. Numbers have no gaps."""
    wanted = {"conversation_id": conversation_id, "seq": {"$gte": first, "$lte": last}}
    found = session["messages"].find(wanted, session=session.handle)
    return [_read(document) async for document in found.sort("seq", 1)]
