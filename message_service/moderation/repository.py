"""Queries for the log, mutes and reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from libs.ids import new_id
from libs.mongo import Document, MongoSession, conflict
from message_service.messages.models import Message
from message_service.moderation.errors import ReportNotFound
from message_service.moderation.schemas import Action, ReportCreate, ReportState


def now(session: MongoSession) -> datetime:
    """The present in whole milliseconds, as the store keeps it."""
    instant = session.clock.now()
    return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


EMPTY = dict.fromkeys(("account_id", "seq", "until"))


async def note(
    session: MongoSession,
    conversation_id: UUID,
    actor_id: UUID,
    action: Action,
    reason: str,
    **about: Any,
) -> None:
    """Writes an entry of the log, in the transaction of what it tells."""
    row = EMPTY | about
    row |= {
        "_id": new_id(),
        "conversation_id": conversation_id,
        "actor_id": actor_id,
        "action": action.value,
        "reason": reason,
        "at": session.clock.now(),
    }
    await session["moderation_log"].insert_one(row, session=session.handle)


async def list_page(
    session: MongoSession, collection: str, wanted: Document, after: UUID | None, limit: int
) -> list[Document]:
    """Rows, the latest first; one more than `limit` if there is."""
    if after is not None:
        wanted = wanted | {"_id": {"$lt": after}}
    found = session[collection].find(wanted, session=session.handle)
    return [row async for row in found.sort("_id", -1).limit(limit + 1)]


async def set_channel(session: MongoSession, conversation_id: UUID, **fields: Any) -> None:
    """Writes to a channel, in a transaction: what is sent at the same time goes before or after."""
    change = {"$set": fields | {"moderated": new_id()}}
    await session["conversations"].update_one(
        {"_id": conversation_id}, change, session=session.handle
    )


async def mute(
    session: MongoSession, conversation_id: UUID, account_id: UUID, until: datetime
) -> None:
    """Mutes somebody, in a transaction."""
    await session["mutes"].update_one(
        {"conversation_id": conversation_id, "account_id": account_id},
        {"$set": {"until": until}},
        upsert=True,
        session=session.handle,
    )


async def unmute(session: MongoSession, conversation_id: UUID, account_id: UUID) -> bool:
    """Ends a mute; says whether there was one."""
    one = {"conversation_id": conversation_id, "account_id": account_id}
    gone = await session["mutes"].delete_one(one, session=session.handle)
    return bool(gone.deleted_count)


async def list_mutes(session: MongoSession, conversation_id: UUID) -> list[Document]:
    """Who is muted in a channel now; at most its members."""
    found = session["mutes"].find({"conversation_id": conversation_id}, session=session.handle)
    now = session.clock.now()
    return [one async for one in found.sort("until", 1) if one["until"] > now]


async def add_report(
    session: MongoSession, account_id: UUID, message: Message, body: ReportCreate
) -> Document:
    """A person's report of a message, in a transaction; the first one if there is one."""
    mine = {"message_id": message.id, "reporter_id": account_id}
    found = await session["reports"].find_one(mine, session=session.handle)
    if found is not None:
        return found
    row = {
        "_id": new_id(),
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "author_id": message.sender_id,
        "reason": body.reason.value,
        "note": body.note,
        "body": message.body,
        "state": ReportState.OPEN.value,
        "reported_at": now(session),
        "resolved_by": None,
        "resolved_at": None,
    }
    try:
        await session["reports"].insert_one(row | mine, session=session.handle)
    except DuplicateKeyError as error:  # another device was faster
        raise conflict() from error
    return row | mine


async def get_report(session: MongoSession, report_id: UUID, **where: Any) -> Document:
    """A report. Raises `ReportNotFound`."""
    found = await session["reports"].find_one({"_id": report_id, **where}, session=session.handle)
    if found is None:
        raise ReportNotFound
    return found


async def resolve(
    session: MongoSession, report_id: UUID, account_id: UUID, state: ReportState
) -> None:
    """Ends a report, in a transaction."""
    fields = {
        "state": state.value, "resolved_by": account_id, "resolved_at": session.clock.now(),
    }  # fmt: skip
    await session["reports"].update_one(
        {"_id": report_id}, {"$set": fields}, session=session.handle
    )
