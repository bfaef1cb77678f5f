"""What other services' events change in channels, after the copies that tell who may talk."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from libs.events.session import (
    ClassRoleEnded,
    ClassRoleGranted,
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionActivated,
    StudySessionEnded,
    StudySessionOwnerChanged,
)
from libs.mongo import MongoSession
from message_service.channels import service
from message_service.contacts import handlers as contacts


async def on_study_sessions_activated(
    session: MongoSession, events: Sequence[StudySessionActivated]
) -> None:
    """Makes the channels of classes that are open now."""
    await contacts.on_study_sessions_activated(session, events)
    await _follow(session, {event.study_session_id: event.tutor_id for event in events})


async def on_memberships_approved(
    session: MongoSession, events: Sequence[MembershipApproved]
) -> None:
    """Lets students in."""
    await contacts.on_memberships_approved(session, events)
    await _follow(session, {event.study_session_id: event.tutor_id for event in events})


async def on_memberships_ended(
    session: MongoSession, events: Sequence[MembershipRemoved | MembershipLeft]
) -> None:
    """Lets students out."""
    await contacts.on_memberships_ended(session, events)
    await _follow(session, {event.study_session_id: event.tutor_id for event in events})


async def on_class_roles_changed(
    session: MongoSession, events: Sequence[ClassRoleGranted | ClassRoleEnded]
) -> None:
    """Lets co-tutors and assistants in as moderators, and out."""
    await contacts.on_class_roles_changed(session, events)
    await _follow(session, {event.study_session_id: event.tutor_id for event in events})


async def on_study_session_ended(session: MongoSession, event: StudySessionEnded) -> None:
    """Nobody writes in the channels of a class that is over."""
    await contacts.on_study_session_ended(session, event)
    await service.follow(session, event.study_session_id, event.tutor_id)


async def on_study_session_owner_changed(
    session: MongoSession, event: StudySessionOwnerChanged
) -> None:
    """The new owner moderates, and the old one is out."""
    await contacts.on_study_session_owner_changed(session, event)
    await service.follow(session, event.study_session_id, event.tutor_id)


async def _follow(session: MongoSession, classes: Mapping[UUID, UUID]) -> None:
    for study_session_id, tutor_id in classes.items():
        await service.follow(session, study_session_id, tutor_id)
