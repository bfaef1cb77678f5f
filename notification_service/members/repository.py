"""Queries for classes and their students."""

from collections.abc import Iterable
from uuid import UUID

from libs.mongo import MongoSession
from notification_service.members.models import Member, StudySession


async def add_study_session(session: MongoSession, added: StudySession) -> None:
    """Adds a class; what is there already stays."""
    document = {"code": added.code, "tutor_id": added.tutor_id, "revision": added.revision}
    await session["study_sessions"].update_one(
        {"_id": added.id}, {"$setOnInsert": document}, upsert=True, session=session.handle
    )


async def set_owner(session: MongoSession, changed: StudySession) -> None:
    """Adds a class, or changes its owner in an older copy."""
    await add_study_session(session, changed)
    # Copies from before there were changes have no revision.
    older = {"$or": [{"revision": {"$lt": changed.revision}}, {"revision": {"$exists": False}}]}
    await session["study_sessions"].update_one(
        {"_id": changed.id, **older},
        {"$set": {"tutor_id": changed.tutor_id, "revision": changed.revision}},
        session=session.handle,
    )


async def keep(session: MongoSession, member: Member) -> bool:
    """Keeps a student's place in a class unless a newer copy is there; returns whether it is what
    stands now.
    """
    found = await session["members"].find_one({"_id": member.id}, session=session.handle)
    # Copies from before there were ends have no revision: all of them are approvals.
    if found is not None and found.get("revision", 0) > member.revision:
        return False
    document = {
        "study_session_id": member.study_session_id,
        "student_id": member.student_id,
        "inside": member.inside,
        "revision": member.revision,
    }
    await session["members"].replace_one(
        {"_id": member.id}, document, upsert=True, session=session.handle
    )
    return True


async def list_students(session: MongoSession, study_session_id: UUID) -> list[UUID]:
    """The account ids of a class's students, in order."""
    found = session["members"].find(
        {"study_session_id": study_session_id, "inside": {"$ne": False}},
        {"student_id": 1},
        session=session.handle,
    )
    return sorted({document["student_id"] async for document in found})


async def find_codes(session: MongoSession, study_session_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The codes of those classes that are known, by id."""
    wanted = list(set(study_session_ids))
    if not wanted:
        return {}
    found = session["study_sessions"].find(
        {"_id": {"$in": wanted}}, {"code": 1}, session=session.handle
    )
    return {document["_id"]: document["code"] async for document in found}
