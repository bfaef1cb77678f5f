"""What other services' events change here."""

from libs.events.session import MembershipApproved
from libs.events.user import AccountRegistered
from libs.mongo import MongoSession
from message_service.contacts import repository


async def on_account_registered(session: MongoSession, event: AccountRegistered) -> None:
    """Keeps the public code, so that a conversation can be opened by it; nothing else."""
    person = {"_id": event.account_id, "user_code": event.user_code, "revision": event.revision}
    await repository.keep_newer(session, "people", person)


async def on_membership_approved(session: MongoSession, event: MembershipApproved) -> None:
    """Lets tutor and student talk to each other."""
    entitlement = {
        "_id": event.membership_id,
        "pair": repository.pair(event.student_id, event.tutor_id),
        "study_session_id": event.study_session_id,
        "revision": event.revision,
    }
    await repository.keep_newer(session, "entitlements", entitlement)
