"""What other services' events change here."""

from collections.abc import Sequence

from libs.events.session import (
    ClassRoleEnded,
    ClassRoleGranted,
    MembershipApproved,
    MembershipEvent,
    MembershipLeft,
    MembershipRemoved,
    StudySessionActivated,
    StudySessionEnded,
    StudySessionOwnerChanged,
)
from libs.events.user import AccountRegistered
from libs.mongo import MongoSession
from message_service.contacts import repository


async def on_accounts_registered(
    session: MongoSession, events: Sequence[AccountRegistered]
) -> None:
    """Keeps the public codes, so that a conversation can be opened by one; nothing else."""
    people = [
        {"_id": event.account_id, "user_code": event.user_code, "revision": event.revision}
        for event in events
    ]
    await repository.keep_newer(session, "people", people)


async def on_memberships_approved(
    session: MongoSession, events: Sequence[MembershipApproved]
) -> None:
    """Lets tutors and students talk to each other."""
    await _keep_entitlements(session, events, ended=False)


async def on_memberships_ended(
    session: MongoSession, events: Sequence[MembershipRemoved | MembershipLeft]
) -> None:
    """Ends what a membership gave: nobody opens or goes on with a conversation by it."""
    await _keep_entitlements(session, events, ended=True)


async def on_study_session_ended(session: MongoSession, event: StudySessionEnded) -> None:
    """Ends what all memberships of a class gave, those of which nothing is known yet among them:
    a class that is over is never open again.
    """
    ended = {"_id": event.study_session_id, "revision": event.revision}
    await repository.keep_newer(session, "ended_classes", [ended])
    await repository.end_class(session, event.study_session_id)


async def on_study_session_owner_changed(
    session: MongoSession, event: StudySessionOwnerChanged
) -> None:
    """The class's students talk to its new owner from now on, and not to the old one."""
    owner = {
        "_id": event.study_session_id,
        "tutor_id": event.tutor_id,
        "revision": event.revision,
    }
    await repository.keep_newer(session, "class_owners", [owner])
    await repository.hand_over(session, event.study_session_id)


async def on_study_sessions_activated(
    session: MongoSession, events: Sequence[StudySessionActivated]
) -> None:
    """Keeps who owns a class."""
    owners = [
        {"_id": event.study_session_id, "tutor_id": event.tutor_id, "revision": event.revision}
        for event in events
    ]
    await repository.keep_newer(session, "class_owners", owners)


async def on_class_roles_changed(
    session: MongoSession, events: Sequence[ClassRoleGranted | ClassRoleEnded]
) -> None:
    """Keeps who helps in a class."""
    roles = [
        {
            "_id": event.class_role_id,
            "study_session_id": event.study_session_id,
            "account_id": event.account_id,
            "role": event.role,
            "ended": isinstance(event, ClassRoleEnded),
            "revision": event.revision,
        }
        for event in events
    ]
    await repository.keep_newer(session, "class_roles", roles)


async def _keep_entitlements(
    session: MongoSession, events: Sequence[MembershipEvent], *, ended: bool
) -> None:
    classes = {event.study_session_id for event in events}
    owners = await repository.owners_of(session, classes)
    over = await repository.ended_among(session, classes)
    entitlements = [
        {
            "_id": event.membership_id,
            "pair": repository.pair(
                event.student_id, owners.get(event.study_session_id, event.tutor_id)
            ),
            "student_id": event.student_id,
            "study_session_id": event.study_session_id,
            "ended": ended,
            "class_ended": event.study_session_id in over,
            "revision": event.revision,
        }
        for event in events
    ]
    await repository.keep_newer(session, "entitlements", entitlements)
