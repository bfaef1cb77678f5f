"""Keeping the copy of classes and their students."""

from libs.events.session import (
    MembershipApproved,
    MembershipEvent,
    MembershipLeft,
    MembershipRemoved,
    StudySessionCreated,
)
from libs.mongo import MongoSession
from notification_service.members import repository
from notification_service.members.models import Member, StudySession


async def learn_study_session(session: MongoSession, event: StudySessionCreated) -> None:
    """Notes a new class. Neither its code nor its tutor changes, so the first copy stands."""
    added = StudySession(event.study_session_id, event.session_code, event.tutor_id)
    await repository.add_study_session(session, added)


async def learn_member(session: MongoSession, event: MembershipApproved) -> bool:
    """Notes that a student is in a class. Returns whether that is the latest that is known."""
    return await repository.keep(session, _member(event, inside=True))


async def learn_end(session: MongoSession, event: MembershipRemoved | MembershipLeft) -> None:
    """Notes that a student is in a class no more."""
    await repository.keep(session, _member(event, inside=False))


def _member(event: MembershipEvent, *, inside: bool) -> Member:
    return Member(
        id=event.membership_id,
        study_session_id=event.study_session_id,
        student_id=event.student_id,
        inside=inside,
        revision=event.revision,
    )
