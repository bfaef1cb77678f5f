"""Queries for people and entitlements."""

from collections.abc import Collection, Sequence
from uuid import UUID

from pymongo import ReplaceOne, UpdateOne

from libs.mongo import Document, MongoSession

HELPERS = ("co_tutor", "assistant")


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


async def owners_of(session: MongoSession, study_session_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The owners of those classes that have changed theirs, as far as it is known here."""
    found = session["class_owners"].find(
        {"_id": {"$in": list(study_session_ids)}}, session=session.handle
    )
    return {owner["_id"]: owner["tutor_id"] async for owner in found}


async def hand_over(session: MongoSession, study_session_id: UUID) -> None:
    """Lets the class's students talk to its owner, whoever it was when they came."""
    owner = (await owners_of(session, {study_session_id}))[study_session_id]
    found = session["entitlements"].find(
        {"study_session_id": study_session_id, "student_id": {"$exists": True}},
        {"student_id": 1},
        session=session.handle,
    )
    changes = [
        UpdateOne({"_id": one["_id"]}, {"$set": {"pair": pair(one["student_id"], owner)}})
        async for one in found
    ]
    if changes:
        await session["entitlements"].bulk_write(changes, ordered=False, session=session.handle)


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
    """Whether one of the two is a student in a class of the other that is not over."""
    return bool(await talking(session, [pair(one, other)]))


async def talking(session: MongoSession, pairs: Collection[str]) -> set[str]:
    """Those of the pairs who share a class that is not over.

    What is over is left out here, not in the query: with a second condition the local server reads
    the whole collection.
    """
    fields = {"pair": 1, "ended": 1, "class_ended": 1}
    found = session["entitlements"].find(
        {"pair": {"$in": list(pairs)}}, fields, session=session.handle
    )
    return {
        one["pair"] async for one in found if not one.get("ended") and not one.get("class_ended")
    }


async def students_of(session: MongoSession, study_session_id: UUID) -> list[UUID]:
    """The students of a class, those who came first at the beginning."""
    found = session["entitlements"].find(
        {"study_session_id": study_session_id}, session=session.handle
    )
    rows = [one async for one in found]
    return [
        one["student_id"]
        for one in sorted(rows, key=lambda one: str(one["_id"]))
        if not one.get("ended") and "student_id" in one
    ]


async def helpers_of(session: MongoSession, study_session_id: UUID) -> list[UUID]:
    """The co-tutors and assistants of a class."""
    found = session["class_roles"].find(
        {"study_session_id": study_session_id}, session=session.handle
    )
    rows = [one async for one in found]
    return [one["account_id"] for one in rows if not one["ended"] and one["role"] in HELPERS]


async def ended_among(session: MongoSession, study_session_ids: Collection[UUID]) -> set[UUID]:
    """Those of the classes that are over."""
    found = session["ended_classes"].find(
        {"_id": {"$in": list(study_session_ids)}}, session=session.handle
    )
    return {one["_id"] async for one in found}


async def end_class(session: MongoSession, study_session_id: UUID) -> None:
    """Ends what the memberships of a class gave."""
    await session["entitlements"].update_many(
        {"study_session_id": study_session_id},
        {"$set": {"class_ended": True}},
        session=session.handle,
    )


def pair(one: UUID, other: UUID) -> str:
    """A key for two people, whoever comes first."""
    return ":".join(sorted((str(one), str(other))))
