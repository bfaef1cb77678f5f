"""Keeping the copy of people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.data_map import FORMER
from libs.events.user import (
    AccountBlocked,
    AccountErased,
    AccountRegistered,
    AccountUnblocked,
    ProfileChanged,
    RoleChanged,
)
from libs.mongo import MongoSession
from notification_service.people import repository
from notification_service.people.models import Block, Person

FORMER_ROLE = "former"


async def forget(session: MongoSession, event: AccountErased) -> None:
    """Leaves of an erased account a copy without a name. It is newer than whatever tells of the
    account later, so no replay brings the name back.
    """
    nobody = Person(
        id=event.account_id,
        user_code=event.user_code,
        role=FORMER_ROLE,
        name=FORMER,
        locale="en",
        zone="UTC",
        revision=event.revision,
    )
    await repository.forget(session, nobody)


async def learn(
    session: MongoSession, events: Sequence[AccountRegistered | ProfileChanged]
) -> None:
    """Copies what is needed of accounts, unless newer copies are there; no e-mail address."""
    newest = await repository.find_many(session, [event.account_id for event in events])
    changed = {}
    for event in events:
        known = newest.get(event.account_id)
        if known is None or known.revision < event.revision:
            newest[event.account_id] = changed[event.account_id] = _person(event)
    await repository.put_all(session, changed.values())


def _person(event: AccountRegistered | ProfileChanged) -> Person:
    return Person(
        id=event.account_id,
        user_code=event.user_code,
        role=event.role,
        name=event.name,
        locale=event.locale,
        zone=event.zone,
        revision=event.revision,
    )


async def learn_role(session: MongoSession, event: RoleChanged) -> None:
    """Copies a role: admins are told what others are not."""
    await repository.put_role(session, event.account_id, event.role, event.revision)


async def learn_block(session: MongoSession, event: AccountBlocked | AccountUnblocked) -> None:
    """Notes that an account is shut out, or is so no more, unless newer news was here first."""
    known = await repository.find_block(session, event.account_id)
    if known is not None and known.revision >= event.revision:
        return
    blocked = isinstance(event, AccountBlocked)
    since = session.clock.now() if blocked or known is None else known.since
    await repository.put_block(session, Block(event.account_id, blocked, since, event.revision))


async def may_push(session: MongoSession, account_id: UUID, created_at: datetime) -> bool:
    """Whether something of that time may be pushed to an account: not while it is blocked, and
    nothing that was pending then (U-A4).
    """
    known = await repository.find_block(session, account_id)
    return known is None or (not known.blocked and known.since < created_at)
