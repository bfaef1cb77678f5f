"""Queries for people and entitlements."""

from collections.abc import Sequence
from uuid import UUID

from libs.mongo import Document, MongoSession


async def keep_newer(session: MongoSession, collection: str, document: Document) -> None:
    """Stores a copy unless the one here is as new (by `revision`): a replay breaks the order."""
    rows = session[collection]
    known = await rows.find_one({"_id": document["_id"]}, {"revision": 1}, session=session.handle)
    if known is None:
        await rows.insert_one(document, session=session.handle)
    elif known["revision"] < document["revision"]:
        await rows.replace_one({"_id": document["_id"]}, document, session=session.handle)


async def find_id(session: MongoSession, user_code: str) -> UUID | None:
    """The account with this public code."""
    found = await session["people"].find_one({"user_code": user_code}, session=session.handle)
    return found["_id"] if found else None


async def codes_of(session: MongoSession, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The public codes of accounts, as far as they are known here."""
    wanted = {"_id": {"$in": list(account_ids)}}
    found = session["people"].find(wanted, {"user_code": 1}, session=session.handle)
    return {person["_id"]: person["user_code"] async for person in found}


async def may_talk(session: MongoSession, one: UUID, other: UUID) -> bool:
    """Whether one of the two is a student in a class of the other."""
    wanted = {"pair": pair(one, other)}
    return await session["entitlements"].find_one(wanted, session=session.handle) is not None


def pair(one: UUID, other: UUID) -> str:
    """A key for two people, whoever comes first."""
    return ":".join(sorted((str(one), str(other))))
