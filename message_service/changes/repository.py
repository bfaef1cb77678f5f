"""Queries for earlier texts and reactions. Their callers have loaded the conversation with the
member's right.
"""

from datetime import datetime
from uuid import UUID

from libs.ids import new_id
from libs.mongo import Document, MongoSession
from message_service.messages.models import Message


async def keep_edit(session: MongoSession, message: Message, now: datetime) -> None:
    """Keeps what a message says, before it says something else."""
    row = {
        "_id": new_id(),
        "message_id": message.id,
        "author_id": message.sender_id,
        "number": message.edits + 1,
        "body": message.body,
        "replaced_at": now,
    }
    await session["message_edits"].insert_one(row, session=session.handle)


async def list_edits(session: MongoSession, message_id: UUID) -> list[Document]:
    """A message's earlier texts, the first one first; they are few."""
    found = session["message_edits"].find({"message_id": message_id}, session=session.handle)
    return [row async for row in found.sort("number", 1)]


async def drop_all(session: MongoSession, message_id: UUID) -> None:
    """Drops a message's earlier texts and its reactions."""
    about = {"message_id": message_id}
    await session["message_edits"].delete_many(about, session=session.handle)
    await session["reactions"].delete_many(about, session=session.handle)


async def has_reacted(
    session: MongoSession, account_id: UUID, message_id: UUID, emoji: str
) -> bool:
    """Whether a person has reacted to a message by this emoji."""
    mine = {"account_id": account_id, "message_id": message_id, "emoji": emoji}
    return await session["reactions"].find_one(mine, session=session.handle) is not None


async def add_reaction(
    session: MongoSession, account_id: UUID, message: Message, emoji: str
) -> None:
    """Stores a reaction."""
    row = {
        "_id": new_id(),
        "message_id": message.id,
        "account_id": account_id,
        "emoji": emoji,
        "reacted_at": session.clock.now(),
    }
    await session["reactions"].insert_one(row, session=session.handle)


async def drop_reaction(
    session: MongoSession, account_id: UUID, message_id: UUID, emoji: str
) -> None:
    """Takes a reaction back."""
    mine = {"account_id": account_id, "message_id": message_id, "emoji": emoji}
    await session["reactions"].delete_one(mine, session=session.handle)


async def list_reactions(
    session: MongoSession, message_id: UUID, after: UUID | None, limit: int
) -> list[Document]:
    """Who has reacted, the latest first; one more than `limit` if there is."""
    wanted: Document = {"message_id": message_id}
    if after is not None:
        wanted["_id"] = {"$lt": after}
    found = session["reactions"].find(wanted, session=session.handle)
    return [row async for row in found.sort("_id", -1).limit(limit + 1)]
