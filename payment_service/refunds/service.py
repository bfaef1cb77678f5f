"""Refunds: the intent is written where the money turns out to be owed, then the provider is asked,
then its answer is written; three transactions, and no call inside one.

A refund is made once: one row per payment by constraint, one idempotency key of the provider's per
row, and before any repeat the provider is asked what it has. Whatever dies in between, the job's
outbox row or the sweeper carries on.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.crashpoint import reach
from libs.events.payment import PaymentRefunded, RefundFailed, RefundRequested
from libs.ids import new_id
from libs.postgres import Database
from payment_service.classes.models import StudySession
from payment_service.invoices import service as invoices
from payment_service.ledger import entries
from payment_service.ledger import service as ledger
from payment_service.ledger.wallet_entries import wallet_refund
from payment_service.refunds import repository
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
from payment_service.wallets import service as wallets

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
) -> bool:
    """Notes that a payment must be given back, under its class's lock; whether that is news. One
    of nothing leaves nothing to give back; what came from a wallet is in it again with that.
    """
    if owed.amount == 0:
        return False
    refund = _new(study_session, owed, now)
    if not await repository.add_new(session, refund):
        return False
    if refund.to_wallet:  # before any account of the ledger, as whoever pays from it
        await wallets.open_locked(session, refund.tutor_id, refund.currency, now)
    await ledger.post(session, entries.refund_owed(refund.id, refund.amount, refund.currency), now)
    await outbox.publish(session, RefundRequested(**_about(study_session, refund)))
    if refund.to_wallet:
        await _into_wallet(session, study_session, refund, now)
    else:
        await outbox.enqueue(session, SettleRefund(refund_id=refund.id))
    return True


def _new(study_session: StudySession, owed: Owed, now: datetime) -> Refund:
    """A refund that the provider must be asked for; or one into a wallet, which is done at once."""
    place = Destination.WALLET if owed.to_wallet else Destination.PROVIDER
    state = RefundState.SUCCEEDED if owed.to_wallet else RefundState.REQUESTED
    return Refund(
        id=new_id(),
        payment_id=owed.payment_id,
        study_session_id=study_session.id,
        tutor_id=owed.tutor_id,
        payment_intent=owed.payment_intent,
        amount=owed.amount,
        currency=owed.currency,
        reason=owed.reason.value,
        destination=place.value,
        state=state.value,
        generation=1,
        attempts=0,
        requested_at=now,
        ended_at=now if owed.to_wallet else None,
        checked_at=now,
        revision=1,
    )


async def _into_wallet(
    session: AsyncSession, study_session: StudySession, refund: Refund, now: datetime
) -> None:
    reference = f"{refund.id}:{refund.revision}"
    posting = wallet_refund(reference, refund.tutor_id, refund.amount, refund.currency)
    await wallets.credit(session, refund.tutor_id, refund.currency, posting, now)
    await _tell(session, study_session, refund)


async def settle(database: Database, gateway: Gateway, refund_id: UUID) -> None:
    """Brings a refund on: asks the provider for it, or how it stands; an ended one is only looked
    at. Raises `RefundNotFound`, or `Unavailable`, after which a repeat carries on.
    """
    async with database.transaction() as session:
        _, refund = await repository.lock(session, refund_id)
        order = refund.send(database.clock.now())
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
    asked: webhooks come late and in any order.
    """
    refund = await repository.find(session, hint)
    if refund is None or refund.state == hint.state:
        return refund, False
    await outbox.enqueue(session, SettleRefund(refund_id=refund.id))
    return refund, True


async def retry(session: AsyncSession, refund_id: UUID, now: datetime) -> None:
    """An operator lets a failed refund begin again. Raises `RefundNotFound` or
    `RefundNotFailed`.
    """
    study_session, refund = await repository.lock(session, refund_id)
    refund.retry(now)
    await outbox.publish(session, RefundRequested(**_about(study_session, refund)))
    await outbox.enqueue(session, SettleRefund(refund_id=refund_id))


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
        found = await gateway.find_refund(order)
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
        before = refund.state
        if refund.key == order.key and refund.learn(found, now):
            await _book(session, refund, before, now)
            await _tell(session, study_session, refund)


async def _fail(database: Database, refund_id: UUID, key: str, failure: str) -> None:
    now = database.clock.now()
    async with database.transaction() as session:
        study_session, refund = await repository.lock(session, refund_id)
        before = refund.state
        if refund.key == key and refund.fail(failure, now):
            await _book(session, refund, before, now)
            await _tell(session, study_session, refund)


async def _book(session: AsyncSession, refund: Refund, before: str, now: datetime) -> None:
    """The money has left the provider, or has come back to it; each move has a revision."""
    reference = f"{refund.id}:{refund.revision}"
    if refund.state == RefundState.SUCCEEDED:
        posting = entries.refund_paid(reference, refund.amount, refund.currency)
    elif before == RefundState.SUCCEEDED:
        posting = entries.refund_returned(reference, refund.amount, refund.currency)
    else:
        return
    await ledger.post(session, posting, now)


async def _tell(session: AsyncSession, study_session: StudySession, refund: Refund) -> None:
    about = _about(study_session, refund)
    if refund.state == RefundState.SUCCEEDED:
        await outbox.publish(session, PaymentRefunded(**about, refunded_at=refund.ended_at))
        now: datetime = session.info["clock"].now()
        await invoices.credit(session, refund.credit(), now)  # last: it locks the counter
        return
    logger.error("refund_failed", refund_id=str(refund.id), failure=refund.failure)
    await outbox.publish(session, RefundFailed(**about))


def _about(study_session: StudySession, refund: Refund) -> dict[str, object]:
    return {
        "study_session_id": refund.study_session_id,
        "tutor_id": refund.tutor_id,
        "payment_id": refund.payment_id,
        "refund_id": refund.id,
        "amount": refund.amount,
        "currency": refund.currency,
        "revision": study_session.next_event_revision(),
    }
