"""Queries for preferences. Who has none is seen."""

from collections.abc import Sequence
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from libs.mongo import MongoSession
from message_service.preferences.schemas import Preferences, PreferencesUpdate


async def get(session: MongoSession, account_id: UUID) -> Preferences:
    """A person's preferences."""
    found = await session["preferences"].find_one({"_id": account_id}, session=session.handle)
    return Preferences(receipts=(found or {}).get("receipts", True))


async def change(session: MongoSession, account_id: UUID, update: PreferencesUpdate) -> None:
    """Changes what is given. Not for use in a transaction."""
    fields = update.model_dump(exclude_none=True)
    if not fields:
        return
    mine, rows = {"_id": account_id}, session["preferences"]
    try:
        await rows.update_one(mine, {"$set": fields}, upsert=True)
    except DuplicateKeyError:  # two devices made it at the same instant
        await rows.update_one(mine, {"$set": fields})


async def hiding_receipts(session: MongoSession, account_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the people who do not let it be seen how far they have read."""
    found = session["preferences"].find(
        {"_id": {"$in": list(account_ids)}}, {"receipts": 1}, session=session.handle
    )
    return {one["_id"] async for one in found if one.get("receipts") is False}
