"""Keeping the copy of classes and their students."""

from libs.events.session import MembershipApproved, StudySessionCreated
from libs.mongo import MongoSession
from notification_service.members import repository
from notification_service.members.models import Member, StudySession


async def learn_study_session(session: MongoSession, event: StudySessionCreated) -> None:
    """Notes a new class. Neither its code nor its tutor changes, so the first copy stands."""
    added = StudySession(event.study_session_id, event.session_code, event.tutor_id)
    await repository.add_study_session(session, added)


async def learn_member(session: MongoSession, event: MembershipApproved) -> None:
    """Notes that a student is in a class."""
    member = Member(event.membership_id, event.study_session_id, event.student_id)
    await repository.add(session, member)
