"""Queries for people and entitlements."""

from collections.abc import Sequence
from uuid import UUID

from pymongo import ReplaceOne

from libs.mongo import Document, MongoSession


async def keep_newer(session: MongoSession, collection: str, documents: Sequence[Document]) -> None:
    """Stores copies unless those here are as new (by `revision`): a replay breaks the order."""
    rows = session[collection]
    newest: dict[UUID, Document] = {}
    for document in documents:
        held = newest.setdefault(document["_id"], document)
        if held["revision"] < document["revision"]:
            newest[document["_id"]] = document
    found = rows.find({"_id": {"$in": list(newest)}}, {"revision": 1}, session=session.handle)
    known = {document["_id"]: document["revision"] async for document in found}
    if fresh := [document for key, document in newest.items() if key not in known]:
        await rows.insert_many(fresh, ordered=False, session=session.handle)
    newer = [
        ReplaceOne({"_id": key}, document)
        for key, document in newest.items()
        if key in known and known[key] < document["revision"]
    ]
    if newer:
        await rows.bulk_write(newer, ordered=False, session=session.handle)


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
    wanted = {"pair": pair(one, other), "ended": {"$ne": True}}
    return await session["entitlements"].find_one(wanted, session=session.handle) is not None


def pair(one: UUID, other: UUID) -> str:
    """A key for two people, whoever comes first."""
    return ":".join(sorted((str(one), str(other))))
