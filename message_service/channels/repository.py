"""Queries for channels and those who have left them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from libs.ids import new_id
from libs.mongo import Document, MongoSession, conflict
from message_service.conversations.schemas import Kind


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a class's channels."""

    study_session_id: UUID
    member_ids: tuple[UUID, ...]
    moderator_ids: tuple[UUID, ...]
    ended: bool


async def set_roster(session: MongoSession, kind: Kind, roster: Roster) -> None:
    """Makes a channel if there is none, and says who is in it, in the caller's transaction.

    The channel is written to in any case: of two that work at it with parts of the truth, the
    server makes the later repeat.
    """
    channels, key = session["conversations"], f"{roster.study_session_id}:{kind}"
    said = {
        "member_ids": list(roster.member_ids),
        "moderator_ids": list(roster.moderator_ids),
        "ended": roster.ended,
        "roster": new_id(),
    }
    found = await channels.find_one({"pair": key}, session=session.handle)
    if found is None:
        await _add(session, key, kind, roster, said)
        return
    await channels.update_one({"_id": found["_id"]}, {"$set": said}, session=session.handle)
    before, now = set(found["member_ids"]), set(roster.member_ids)
    await _note_leavers(session, found, before - now)
    await _forget_leavers(session, found["_id"], now - before)


async def _add(session: MongoSession, key: str, kind: Kind, roster: Roster, said: Document) -> None:
    one = new_id()
    fresh = {
        "_id": one,
        "pair": key,
        "kind": kind.value,
        "study_session_id": roster.study_session_id,
        "seq": 0,
        "touched": one,
        "created_at": session.clock.now(),
    }
    try:
        await session["conversations"].insert_one(fresh | said, session=session.handle)
    except DuplicateKeyError as error:  # another consumer was faster
        raise conflict() from error


async def _note_leavers(
    session: MongoSession, channel: Document, account_ids: Collection[UUID]
) -> None:
    changes = [
        UpdateOne(
            {"conversation_id": channel["_id"], "account_id": one},
            {"$set": {"left_seq": channel["seq"], "left_at": session.clock.now()}},
            upsert=True,
        )
        for one in account_ids
    ]
    if changes:
        await session["channel_leavers"].bulk_write(changes, ordered=False, session=session.handle)


async def _forget_leavers(
    session: MongoSession, conversation_id: UUID, account_ids: Collection[UUID]
) -> None:
    if account_ids:
        back = {"conversation_id": conversation_id, "account_id": {"$in": list(account_ids)}}
        await session["channel_leavers"].delete_many(back, session=session.handle)


def after(member_ids: Sequence[UUID], cursor: UUID | None, limit: int) -> list[UUID]:
    """The members after one of them in the order of ids; one more than `limit` if there is."""
    later = sorted(one for one in member_ids if cursor is None or one > cursor)
    return later[: limit + 1]
