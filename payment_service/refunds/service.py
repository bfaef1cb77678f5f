"""Refunds: the intent is written where the money turns out to be owed, then the provider is asked,
then its answer is written; three transactions, and no call inside one.

A refund is made once: one idempotency key of the provider's per row, and before any repeat the
provider is asked what it has. Whatever dies in between, the job's outbox row or the sweeper carries
on. A payment may have several; the database keeps their sum at or below what was paid.

What the provider does not make is left to an admin, who may try it again, put it into the wallet or
take it back. What it made, and a bank sends back later, goes into the wallet by itself (P-A6).
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.crashpoint import reach
from libs.ids import new_id
from libs.postgres import Database
from payment_service.classes.models import StudySession
from payment_service.refunds import bookings, repository
from payment_service.refunds.errors import RefundRefused
from payment_service.refunds.models import Refund
from payment_service.refunds.schemas import SettleRefund
from payment_service.refunds.states import (
    Destination,
    Hint,
    Owed,
    RefundFound,
    RefundOrder,
    RefundState,
)

NO_INTENT = "payment_intent_unknown"

logger = log.get(__name__)


class Gateway(Protocol):
    """What is asked of the provider; `checkouts/stripe_gateway.py` does it."""

    async def refund(self, order: RefundOrder) -> RefundFound:
        """Makes a refund, or returns the one that was made under this key. Raises `RefundRefused`
        or `Unavailable`.
        """
        ...

    async def find_refund(self, order: RefundOrder) -> RefundFound | None:
        """The refund that the provider has for an order, if any. Raises as `refund`."""
        ...


async def request(
    session: AsyncSession, study_session: StudySession, owed: Owed, now: datetime
) -> Refund | None:
    """Notes that money of a payment must be given back, under its class's lock; `None` where
    nothing is left of it. What goes into a wallet is in it with that.
    """
    if owed.amount == 0:
        return None
    refund = _new(study_session, owed, now)
    refund.tax = owed.tax_back - await repository.sum_tax(session, owed.payment_id)
    await repository.add(session, refund, owed.decision.lines)
    await bookings.owe(session, study_session, refund, now)
    if not refund.to_wallet:
        await outbox.enqueue(session, SettleRefund(refund_id=refund.id))
    return refund


def _new(study_session: StudySession, owed: Owed, now: datetime) -> Refund:
    """A refund that the provider must be asked for; or one into a wallet, which is done at once."""
    place = Destination.WALLET if owed.to_wallet else Destination.PROVIDER
    state = RefundState.SUCCEEDED if owed.to_wallet else RefundState.REQUESTED
    return Refund(
        id=new_id(),
        payment_id=owed.payment_id,
        study_session_id=study_session.id,
        tutor_id=owed.tutor_id,
        payment_intent=None if owed.to_wallet else owed.payment_intent,
        amount=owed.amount,
        currency=owed.currency,
        reason=owed.reason.value,
        requested_by=owed.decision.admin_id,
        explanation=owed.decision.explanation,
        destination=place.value,
        state=state.value,
        generation=1,
        attempts=0,
        requested_at=now,
        ended_at=now if owed.to_wallet else None,
        checked_at=now,
        revision=1,
    )


async def settle(database: Database, gateway: Gateway, refund_id: UUID) -> None:
    """Brings a refund on: asks the provider for it, or how it stands; an ended one is only looked
    at, one in a wallet not even that. Raises `RefundNotFound`, or `Unavailable`, after which a
    repeat carries on.
    """
    async with database.transaction() as session:
        _, refund = await repository.lock(session, refund_id)
        if refund.over:
            return
        taken = await repository.list_taken(session, refund)
        order = refund.send(taken, database.clock.now())
    await reach("refunds.after_intent")
    if order is None:
        await _fail(database, refund_id, refund.key, NO_INTENT)
        return
    try:
        found = await _ask(gateway, order, RefundState(refund.state))
    except RefundRefused as refusal:
        await _refused(database, gateway, order, refusal)
        return
    await reach("refunds.before_result")
    if found is not None:
        await _learn(database, order, found)
    await reach("refunds.after_result")


async def hear(session: AsyncSession, hint: Hint) -> tuple[Refund | None, bool]:
    """The refund that a webhook speaks of, and whether it says something new; then the provider is
    asked: webhooks come late and in any order. One that names none of ours, by hand at the provider
    or of a charge, may be about any of its intent that has not succeeded: all of them are asked
    for. `None` where it speaks of money that we do not know of.
    """
    refund = await repository.find(session, hint)
    if refund is None and hint.refund_id is None:
        return await _hear_of_intent(session, hint)
    if refund is None or refund.over or refund.state == hint.state:
        return refund, False
    await outbox.enqueue(session, SettleRefund(refund_id=refund.id))
    return refund, True


async def _hear_of_intent(session: AsyncSession, hint: Hint) -> tuple[Refund | None, bool]:
    known = await repository.list_of_intent(session, hint.payment_intent)
    waiting = [one for one in known if not one.over and one.state != RefundState.SUCCEEDED]
    for refund in waiting:
        await outbox.enqueue(session, SettleRefund(refund_id=refund.id))
    if waiting:
        return waiting[0], True
    if hint.stripe_refund_id is not None or hint.gone > sum(one.amount for one in known):
        return None, False
    return (known[0] if known else None), False


async def retry(session: AsyncSession, refund_id: UUID, now: datetime) -> None:
    """An operator lets a failed refund begin again. Raises `RefundNotFound` or
    `RefundNotFailed`.
    """
    study_session, refund = await repository.lock(session, refund_id)
    refund.retry(now)
    await bookings.say_requested(session, study_session, refund)
    await outbox.enqueue(session, SettleRefund(refund_id=refund_id))


async def redirect(session: AsyncSession, refund_id: UUID, now: datetime) -> Refund:
    """An admin puts a failed refund into the payer's wallet. Raises `RefundNotFound` or
    `RefundNotFailed`.
    """
    study_session, refund = await repository.lock(session, refund_id)
    before = refund.state
    refund.redirect(now)
    await bookings.move_to_wallet(session, study_session, refund, before, now)
    return refund


async def cancel(session: AsyncSession, refund_id: UUID, now: datetime) -> Refund:
    """An admin takes back what an admin has decided, and has failed. Raises `RefundNotFound`,
    `RefundNotFailed` or `RefundNotCancelable`.
    """
    study_session, refund = await repository.lock(session, refund_id)
    refund.cancel(now)
    await bookings.cancel(session, study_session, refund, now)
    return refund


async def _ask(gateway: Gateway, order: RefundOrder, state: RefundState) -> RefundFound | None:
    """What the provider has; it is asked for a refund only while ours is on its way."""
    found = None
    if order.repeated or order.stripe_refund_id:
        found = await gateway.find_refund(order)
    if found is not None or state is not RefundState.SENT:
        return found
    return await gateway.refund(order)


async def _refused(
    database: Database, gateway: Gateway, order: RefundOrder, refusal: RefundRefused
) -> None:
    """A refusal ends well where the money has gone back already, by our own call or by hand."""
    logger.warning("refund_refused", refund_id=str(order.refund_id), code=refusal.code)
    try:
        found = await gateway.find_refund(replace(order, by_hand=True))
    except RefundRefused:
        found = None
    if found is None:
        await _fail(database, order.refund_id, order.key, refusal.code)
    else:
        await _learn(database, order, found)


async def _learn(database: Database, order: RefundOrder, found: RefundFound) -> None:
    """Writes an answer, unless an operator has begun anew since it was asked for."""
    now = database.clock.now()
    async with database.transaction() as session:
        study_session, refund = await repository.lock(session, order.refund_id)
        if await repository.is_taken(session, found.stripe_refund_id, refund.id):
            return  # another was faster to take what was given back by hand
        before = refund.state
        if refund.key == order.key and refund.learn(found, now):
            await bookings.end(session, study_session, refund, before, now)


async def _fail(database: Database, refund_id: UUID, key: str, failure: str) -> None:
    now = database.clock.now()
    async with database.transaction() as session:
        study_session, refund = await repository.lock(session, refund_id)
        before = refund.state
        if refund.key == key and refund.fail(failure, now):
            await bookings.end(session, study_session, refund, before, now)
