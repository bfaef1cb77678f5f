"""Keeping the copy of people."""

from libs.events.user import AccountRegistered
from libs.mongo import MongoSession
from notification_service.people import repository
from notification_service.people.models import Person


async def learn(session: MongoSession, event: AccountRegistered) -> None:
    """Copies what is needed of an account, unless a newer copy is there; no e-mail address."""
    known = await repository.find(session, event.account_id)
    if known is not None and known.revision >= event.revision:
        return
    person = Person(
        id=event.account_id,
        user_code=event.user_code,
        role=event.role,
        name=event.name,
        locale=event.locale,
        zone=event.zone,
        revision=event.revision,
    )
    await repository.put(session, person)
