"""Queries for messages. Their callers have loaded the conversation with the member's right."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from libs.mongo import Document, MongoSession
from message_service.messages.models import Draft, Message

FIELDS = ("conversation_id", "seq", "sender_id", "client_msg_id", "body", "sent_at")


def _read(document: Document) -> Message:
    return Message(document["_id"], *(document[field] for field in FIELDS))


async def find_sent(
    session: MongoSession, conversation_id: UUID, drafts: Sequence[Draft]
) -> dict[tuple[UUID, UUID], Message]:
    """The messages that these drafts became when they were sent before, by the drafts' keys."""
    names = [draft.client_msg_id for draft in drafts]
    wanted = {
        "conversation_id": conversation_id,
        "sender_id": {"$in": list({draft.sender_id for draft in drafts})},
        "client_msg_id": {"$in": names},
    }
    found = session["messages"].find(wanted, session=session.handle)
    sent = [_read(document) async for document in found]
    return {(message.sender_id, message.client_msg_id): message for message in sent}


async def add_all(session: MongoSession, messages: Sequence[Message]) -> None:
    """Stores messages."""
    rows = [
        {"_id": message.id} | {field: getattr(message, field) for field in FIELDS}
        for message in messages
    ]
    await session["messages"].insert_many(rows, session=session.handle)


async def list_after(
    session: MongoSession, conversation_id: UUID, seq: int, limit: int
) -> list[Message]:
    """Messages after a number, in order."""
    return await _page(session, conversation_id, {"$gt": seq}, 1, limit)


async def list_before(
    session: MongoSession, conversation_id: UUID, seq: int, limit: int
) -> list[Message]:
    """The last messages before a number, in order."""
    return (await _page(session, conversation_id, {"$lt": seq}, -1, limit))[::-1]


async def _page(
    session: MongoSession, conversation_id: UUID, seq: dict[str, Any], direction: int, limit: int
) -> list[Message]:
    wanted = {"conversation_id": conversation_id, "seq": seq}
    found = session["messages"].find(wanted, session=session.handle)
    return [_read(document) async for document in found.sort("seq", direction).limit(limit)]
