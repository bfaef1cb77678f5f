"""What happens here when something happened elsewhere. One transaction per chunk of events."""

from collections.abc import Sequence

from libs.auth import Role
from libs.events.base import Event
from libs.events.session import (
    MembershipApproved,
    MembershipLeft,
    MembershipRemoved,
    StudySessionCreated,
    StudySessionOwnerChanged,
)
from libs.events.user import (
    AccountBlocked,
    AccountRegistered,
    AccountUnblocked,
    ProfileChanged,
    RoleChanged,
)
from libs.mongo import MongoSession
from notification_service.members import service as members
from notification_service.people import service as people
from notification_service.rules import service
from notification_service.rules.audiences import Admins, StudentsOf


async def announce(session: MongoSession, events: Sequence[Event]) -> None:
    """Tells people what the rules of these events say."""
    await service.apply(session, *events)


async def on_accounts_registered(
    session: MongoSession, events: Sequence[AccountRegistered]
) -> None:
    """Copies accounts and welcomes them; an admin also hears of classes that wait."""
    await people.learn(session, events)
    await service.apply(session, *events)
    for event in events:
        if event.role == Role.ADMIN:
            await service.catch_up(session, Admins(), event.account_id, event)


async def on_role_changed(session: MongoSession, event: RoleChanged) -> None:
    """Copies the role; a new admin also hears of classes that wait."""
    await people.learn_role(session, event)
    if event.role == Role.ADMIN:
        await service.catch_up(session, Admins(), event.account_id, event)


async def on_account_blocked(session: MongoSession, event: AccountBlocked) -> None:
    """Cancels the account's pushes; its feed stays."""
    await people.learn_block(session, event)


async def on_account_unblocked(session: MongoSession, event: AccountUnblocked) -> None:
    """Lets pushes of what happens from now on go out again."""
    await people.learn_block(session, event)


async def on_profile_changed(session: MongoSession, event: ProfileChanged) -> None:
    """Brings the copy of the person up to date: the name, the language and zone of what is sent
    from now on. Nobody is told.
    """
    await people.learn(session, [event])


async def on_study_session_created(session: MongoSession, event: StudySessionCreated) -> None:
    """Copies the class and tells the admins."""
    await members.learn_study_session(session, event)
    await service.apply(session, event)


async def on_study_session_owner_changed(
    session: MongoSession, event: StudySessionOwnerChanged
) -> None:
    """Copies the class's owner and tells its students."""
    await members.learn_owner(session, event)
    await service.apply(session, event)


async def on_membership_approved(session: MongoSession, event: MembershipApproved) -> None:
    """Copies the membership, tells the student, and what the class was told meanwhile, unless the
    membership is over by now.
    """
    inside = await members.learn_member(session, event)
    await service.apply(session, event)
    if inside:
        group = StudentsOf(event.study_session_id)
        await service.catch_up(session, group, event.student_id, event)


async def on_membership_ended(
    session: MongoSession, event: MembershipRemoved | MembershipLeft
) -> None:
    """Notes that the student hears no more of the class, and tells whom the rule names."""
    await members.learn_end(session, event)
    await service.apply(session, event)
