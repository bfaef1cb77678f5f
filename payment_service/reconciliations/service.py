"""Comparing ledger, provider and subscriptions (P17). Whatever the window leaves in doubt, since
its edges cut payments in two or webhooks are late, is looked at by itself before it is listed.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.ids import new_id
from libs.postgres import Database
from payment_service.reconciliations import repository
from payment_service.reconciliations.errors import WindowRefused
from payment_service.reconciliations.models import Reconciliation
from payment_service.reconciliations.schemas import Reconcile
from payment_service.reconciliations.states import (
    LONGEST,
    NIGHTLY,
    SETTLED_AFTER,
    Difference,
    Known,
    ReconciliationState,
    Sums,
    Told,
    compare,
    doubtful,
)

logger = log.get(__name__)


class Provider(Protocol):
    """What is asked of the provider; `checkouts/stripe_books.py` does it."""

    async def moved(self, since: datetime, until: datetime) -> Told:
        """All that was paid and given back in a window. Raises `Unavailable`."""
        ...

    async def sums(self, payment_intent: str) -> Sums:
        """What has moved for one payment intent; nothing for one that is not known there. Raises
        `Unavailable`.
        """
        ...


async def ask(
    session: AsyncSession, since: datetime, until: datetime, by: UUID, now: datetime
) -> Reconciliation:
    """Notes that a window must be compared; a job does it. Raises `WindowRefused`."""
    if not since < until <= now or until - since > LONGEST:
        raise WindowRefused
    wanted = _new(since, until, now, by)
    session.add(wanted)
    await outbox.enqueue(session, Reconcile(reconciliation_id=wanted.id))
    return wanted


async def ask_nightly(session: AsyncSession, now: datetime) -> bool:
    """Asks for the last days, once in each day of UTC; whether this was the time."""
    wanted = _new(now - NIGHTLY, now, now)
    wanted.night = now.date()
    if not await repository.add_first(session, wanted):
        return False
    await outbox.enqueue(session, Reconcile(reconciliation_id=wanted.id))
    return True


def _new(since: datetime, until: datetime, now: datetime, by: UUID | None = None) -> Reconciliation:
    return Reconciliation(
        id=new_id(), since=since, until=until, state=ReconciliationState.ASKED.value,
        asked_by=by, asked_at=now, compared=0, differences=0,
    )  # fmt: skip


async def reconcile(database: Database, provider: Provider, reconciliation_id: UUID) -> None:
    """Makes one that was asked for; a repeat does nothing. Raises `Unavailable` while the provider
    is away, and `ReconciliationNotFound`.
    """
    async with database.transaction() as session:
        wanted = await repository.get(session, reconciliation_id, lock=False)
    if wanted.state != ReconciliationState.ASKED:
        return
    until = min(wanted.until, wanted.asked_at - SETTLED_AFTER)
    compared, found = await _compare(database, provider, wanted.since, until)
    async with database.transaction() as session:
        mine = await repository.get(session, reconciliation_id, lock=True)
        if mine.state != ReconciliationState.ASKED:
            return  # another worker was faster
        found += await repository.list_own_faults(session, wanted.since, until)
        await repository.add_differences(session, reconciliation_id, found)
        mine.state, mine.ended_at = ReconciliationState.DONE.value, database.clock.now()
        mine.compared, mine.differences = compared, len(found)
    if found:
        logger.error(
            "books_differ", reconciliation_id=str(reconciliation_id), differences=len(found)
        )


async def _compare(
    database: Database, provider: Provider, since: datetime, until: datetime
) -> tuple[int, list[Difference]]:
    if since >= until:
        return 0, []
    told = await provider.moved(since, until)
    intents = sorted({*told.paid, *told.refunded})
    async with database.transaction() as session:
        known = await repository.list_moved(session, since, until, intents)
    found: list[Difference] = []
    for one in known:
        if doubtful(one, told):
            found += await _look(database, provider, one)
    return len(known), found


async def _look(database: Database, provider: Provider, known: Known) -> list[Difference]:
    """Both sides of one payment as they are now: ours is read last, so that a webhook which comes
    meanwhile makes no difference of its own.
    """
    theirs = await provider.sums(known.payment_intent)
    async with database.transaction() as session:
        ours = await repository.get_known(session, known.payment_id)
    return compare(ours, theirs)
