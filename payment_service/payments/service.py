"""What follows from what Stripe says: the only place where a payment becomes paid."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.payment import PaymentDeclined, SubscriptionPaid
from payment_service.classes.models import StudySession
from payment_service.coupons import service as coupons
from payment_service.invoices import service as invoices
from payment_service.invoices.states import Item
from payment_service.ledger import entries
from payment_service.ledger import service as ledger
from payment_service.ledger.wallet_entries import wallet_sale
from payment_service.payments import repository
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import Payment
from payment_service.payments.states import (
    Finding,
    Outcome,
    PaymentStatus,
    Verdict,
)
from payment_service.plan_changes import repository as changes
from payment_service.plan_changes import service as plan_changes
from payment_service.refunds import service as refunds
from payment_service.refunds.states import RefundReason
from payment_service.subscriptions import service as subscriptions
from payment_service.wallets import service as wallets

ENDINGS = {Verdict.EXPIRED: PaymentStatus.EXPIRED, Verdict.FAILED: PaymentStatus.FAILED}
NOT_COUNTED = {
    subscriptions.Effect.TWICE: RefundReason.PAID_TWICE,
    subscriptions.Effect.LATE: RefundReason.PAID_AFTER_END,
}
NOT_CHANGED = NOT_COUNTED | {subscriptions.Effect.LATE: RefundReason.CHANGED_TOO_LATE}
"""Why the money of a payment goes back that has no effect, and of one for a change of plan."""

logger = log.get(__name__)


async def settle(
    session: AsyncSession, payment_id: UUID, finding: Finding, now: datetime
) -> Outcome:
    """Applies a finding to a payment, under the locks of its class and its row (P-A4).

    Safe to repeat and in any order: paid is final, and money that arrives after a checkout was
    given up still counts. A wrong amount or foreign id changes nothing and is `SUSPICIOUS`.
    """
    try:
        study_session, payment = await repository.lock(session, payment_id)
    except PaymentNotFound:
        return Outcome.SKIPPED
    if not payment.fits(finding) or await repository.is_foreign(session, payment_id, finding):
        logger.error("payment_suspicious", payment_id=str(payment_id), verdict=finding.verdict)
        return Outcome.SUSPICIOUS
    payment.learn(finding)
    payment.checked_at = now
    if finding.verdict is Verdict.PAID:
        return await _pay(session, study_session, payment, now)
    if not payment.live or finding.verdict is Verdict.OPEN:
        return Outcome.UNCHANGED
    if finding.verdict is Verdict.DECLINED:
        await _decline(session, study_session, payment)
    else:
        await _end(session, payment, ENDINGS[finding.verdict], now)
    return Outcome.APPLIED


async def take_nothing(
    session: AsyncSession, study_session: StudySession, payment: Payment, now: datetime
) -> None:
    """A payment of nothing, intended in this transaction, is paid at once: no provider is asked."""
    await _pay(session, study_session, payment, now)


async def give_back(session: AsyncSession, study_session: StudySession, now: datetime) -> int:
    """Asks for refunds of all that was paid for a rejected class and has not gone back, under its
    lock; how many.
    """
    paid = await repository.list_paid(session, study_session.id)
    owners = {(one.tutor_id, one.currency) for one in paid if one.from_wallet}
    for owner_id, currency in sorted(owners):  # all of them before any account of the ledger
        await wallets.open_locked(session, owner_id, currency, now)
    for payment in paid:
        owed = payment.owed(RefundReason.CLASS_REJECTED)
        await refunds.request(session, study_session, owed, now)
    return len(paid)


async def give_up(session: AsyncSession, payment_id: UUID) -> None:
    """Marks an intent that never got a checkout as failed; nothing is deleted (R14)."""
    _, payment = await repository.lock(session, payment_id)
    if payment.status == PaymentStatus.CREATED:
        await _end(session, payment, PaymentStatus.FAILED, session.info["clock"].now())


async def _end(
    session: AsyncSession, payment: Payment, status: PaymentStatus, now: datetime
) -> None:
    """It was not paid, and a coupon can be used once more."""
    payment.move(status)
    if payment.coupon_id is not None:
        await coupons.give_back(session, payment.id, now)
    if payment.plan_change_id is not None:
        await plan_changes.lapse(session, payment.plan_change_id, now)


async def pay_from_wallet(
    session: AsyncSession, study_session: StudySession, payment: Payment, now: datetime
) -> None:
    """A payment that was intended in this transaction is paid from the payer's wallet.

    Raises `WalletFrozen` or `InsufficientFunds`.
    """
    await _pay(session, study_session, payment, now)


async def _pay(
    session: AsyncSession, study_session: StudySession, payment: Payment, now: datetime
) -> Outcome:
    if payment.status == PaymentStatus.PAID:
        return Outcome.UNCHANGED
    payment.move(PaymentStatus.PAID)
    payment.paid_at = now
    reason = await _count(session, study_session, payment, now)
    await _book(session, payment, now)
    if reason is not None:
        await refunds.request(session, study_session, payment.owed(reason), now)
    if not payment.free:
        bill = payment.bill(await _items(session, payment))
        await invoices.issue(session, bill, now)  # last: it locks the counter of numbers
    return _outcome(payment, reason)


def _outcome(payment: Payment, reason: RefundReason | None) -> Outcome:
    if reason is None:
        return Outcome.APPLIED
    if reason is not RefundReason.PAID_TWICE:
        return Outcome.GIVEN_BACK
    logger.error("payment_surplus", payment_id=str(payment.id))
    return Outcome.SURPLUS


async def _book(session: AsyncSession, payment: Payment, now: datetime) -> None:
    """What follows from money that has arrived, whatever becomes of it then: a coupon stays used,
    and the sale stands in the books.
    """
    if payment.coupon_id is not None:
        await coupons.spend(session, payment.id, now)
    if payment.free:
        return
    payment.tax = invoices.tax_in(session, payment.amount)
    money = payment.amount, payment.currency, payment.tax
    if payment.from_wallet:
        posting = wallet_sale(payment.id, payment.tutor_id, *money)
        await wallets.debit(session, payment.tutor_id, payment.currency, posting, now)
    else:
        await ledger.post(session, entries.sale(payment.id, *money), now)


async def _count(
    session: AsyncSession, study_session: StudySession, payment: Payment, now: datetime
) -> RefundReason | None:
    """Gives the class what was paid for; or why the money goes back."""
    if study_session.rejected_at is not None:
        return RefundReason.PAID_AFTER_REJECTION
    if study_session.ended_at is not None:
        return RefundReason.PAID_AFTER_END
    if payment.plan_change_id is not None:
        effect = await plan_changes.apply(session, study_session, payment.plan_change_id, now)
        return NOT_CHANGED.get(effect)
    effect = await subscriptions.pay(session, study_session, payment.paid_for(now))
    if effect is not subscriptions.Effect.COUNTS:
        return NOT_COUNTED[effect]
    await plan_changes.renew(session, study_session, now)
    if payment.period == 1:
        await _tell_paid(session, study_session, payment, now)
    return None


async def _items(session: AsyncSession, payment: Payment) -> list[Item]:
    """What a change of plan was paid for: the new plan, less what was unused of the old one."""
    if payment.plan_change_id is None:
        return []
    change = await changes.get(session, payment.plan_change_id)
    described = await plan_changes.describe(session, change)
    return [Item(words, amount) for words, amount in described]


async def _tell_paid(
    session: AsyncSession, study_session: StudySession, payment: Payment, now: datetime
) -> None:
    """A first payment lets the class open; a later one is told by its subscription's own event."""
    event = SubscriptionPaid(
        study_session_id=payment.study_session_id,
        tutor_id=payment.tutor_id,
        payment_id=payment.id,
        plan_id=payment.plan_id,
        amount=payment.amount,
        currency=payment.currency,
        paid_at=now,
        revision=study_session.next_event_revision(),
    )
    await outbox.publish(session, event)


async def _decline(session: AsyncSession, study_session: StudySession, payment: Payment) -> None:
    payment.move(PaymentStatus.DECLINED)
    event = PaymentDeclined(
        study_session_id=payment.study_session_id,
        tutor_id=payment.tutor_id,
        payment_id=payment.id,
        revision=study_session.next_event_revision(),
    )
    await outbox.publish(session, event)
