"""What other services' events change here."""

from collections.abc import Sequence

from libs.events.session import (
    MembershipApproved,
    MembershipEvent,
    MembershipLeft,
    MembershipRemoved,
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
    """Ends what a membership gave: no new conversation comes of it."""
    await _keep_entitlements(session, events, ended=True)


async def _keep_entitlements(
    session: MongoSession, events: Sequence[MembershipEvent], *, ended: bool
) -> None:
    entitlements = [
        {
            "_id": event.membership_id,
            "pair": repository.pair(event.student_id, event.tutor_id),
            "study_session_id": event.study_session_id,
            "ended": ended,
            "revision": event.revision,
        }
        for event in events
    ]
    await repository.keep_newer(session, "entitlements", entitlements)
