"""Keeping the copy of classes and their students."""

from libs.events.session import (
    MembershipApproved,
    MembershipEvent,
    MembershipLeft,
    MembershipRemoved,
    StudySessionCreated,
    StudySessionOwnerChanged,
)
from libs.mongo import MongoSession
from notification_service.members import repository
from notification_service.members.models import Member, StudySession


async def learn_study_session(session: MongoSession, event: StudySessionCreated) -> None:
    """Notes a new class, unless its owner has changed meanwhile: its code never does."""
    added = StudySession(event.study_session_id, event.session_code, event.tutor_id, event.revision)
    await repository.add_study_session(session, added)


async def learn_owner(session: MongoSession, event: StudySessionOwnerChanged) -> None:
    """Notes a class's new owner, unless something newer is known."""
    changed = StudySession(
        event.study_session_id, event.session_code, event.tutor_id, event.revision
    )
    await repository.set_owner(session, changed)


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
