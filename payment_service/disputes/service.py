"""Disputes (P16): a webhook says that there is something, the provider is asked how it stands, and
the answer is applied in one transaction, under the locks of whom it is about.

So webhooks may come late, often and in any order: each move is made once, from the state that we
know to the one that the provider has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.payment_disputes import DisputeEnded, DisputeOpened
from libs.ids import new_id
from libs.postgres import Database
from payment_service.checkouts.stripe_objects import StripeDispute
from payment_service.classes.models import StudySession
from payment_service.disputes import repository
from payment_service.disputes.models import Dispute
from payment_service.disputes.schemas import SettleDispute
from payment_service.disputes.states import (
    STATES,
    UNENDED,
    WITHDRAWN,
    DisputeFound,
    DisputeState,
)
from payment_service.ledger import repository as balances
from payment_service.ledger import service as ledger
from payment_service.ledger.postings import Posting, PostingKind
from payment_service.payments import repository as payments
from payment_service.payments import service as payment_service
from payment_service.payments.models import Payment
from payment_service.payments.states import Finding, PaymentStatus, Verdict
from payment_service.subscriptions import service as subscriptions
from payment_service.top_ups import repository as top_ups
from payment_service.top_ups.models import TopUp
from payment_service.wallets import service as wallets
from payment_service.wallets.models import Wallet

KINDS = {
    DisputeState.OPEN: PostingKind.DISPUTE_OPENED,
    DisputeState.WON: PostingKind.DISPUTE_WON,
    DisputeState.LOST: PostingKind.DISPUTE_LOST,
    DisputeState.CLOSED: PostingKind.DISPUTE_WON,
}

logger = log.get(__name__)


class Gateway(Protocol):
    """What is asked of the provider; `checkouts/stripe_gateway.py` does it."""

    async def find_dispute(self, stripe_dispute_id: str) -> StripeDispute | None:
        """A dispute as it stands; `None` for one that is not known. Raises `Unavailable`."""
        ...

    async def list_disputes(self, since: datetime, until: datetime) -> Sequence[StripeDispute]:
        """All that were opened in a window. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose money it is about; all of it is locked. A top-up has no class."""

    thing: Payment | TopUp
    study_session: StudySession | None
    owner_id: UUID


async def hear(session: AsyncSession, told: StripeDispute) -> tuple[Finding, bool]:
    """Has the provider asked about a dispute that a webhook speaks of, unless we know what it says;
    whether that is news, and by what its payment or top-up is found.
    """
    known = await repository.find(session, told.id)
    finding = Finding(Verdict.OPEN, payment_intent=told.payment_intent)
    if known is not None and known.state == STATES.get(told.status):
        return finding, False
    await outbox.enqueue(session, SettleDispute(stripe_dispute_id=told.id))
    return finding, True


async def settle(database: Database, gateway: Gateway, stripe_dispute_id: str) -> None:
    """Asks how a dispute stands and applies the answer. Raises `Unavailable`, after which a repeat
    carries on.
    """
    told = await gateway.find_dispute(stripe_dispute_id)
    if told is None:
        logger.error("dispute_unknown", stripe_dispute_id=stripe_dispute_id)
        return
    await apply(database, told)


async def apply(database: Database, told: StripeDispute) -> bool:
    """Applies what the provider has said; whether that is news. What is about no money of ours, or
    not about so much, changes nothing.
    """
    found = _read(told)
    if found is None:
        logger.error("dispute_unreadable", stripe_dispute_id=told.id, status=told.status)
        return False
    now = database.clock.now()
    async with database.transaction() as session:
        subject = await _lock(session, found.payment_intent)
        if subject is None or not _fits(subject.thing, found):
            logger.error("dispute_not_ours", stripe_dispute_id=told.id)
            return False
        dispute = await repository.find(session, found.stripe_dispute_id, lock=True)
        if dispute is not None:
            before = dispute.learn(found, now)
            if before is not None:
                await _follow(session, subject, dispute, before, now)
            return before is not None
        dispute = _new(subject, found, now)
        await repository.add(session, dispute)
        await _begin(session, subject, dispute, found, now)
        return True


async def _begin(
    session: AsyncSession, subject: _Subject, dispute: Dispute, found: DisputeFound, now: datetime
) -> None:
    """Each dispute begins as an inquiry; then it goes where the provider has it already."""
    before = dispute.learn(found, now)
    if before is None:
        await _tell(session, dispute)
    else:
        await _follow(session, subject, dispute, before, now)


async def _follow(
    session: AsyncSession, subject: _Subject, dispute: Dispute, before: DisputeState, now: datetime
) -> None:
    """What follows from a move, in the order of locks: class, payment, wallet, ledger."""
    state = DisputeState(dispute.state)
    if isinstance(subject.thing, Payment):
        subject.thing.count_dispute(_stands(state) - _stands(before))
    wallet = await wallets.open_locked(session, subject.owner_id, dispute.currency, now)
    if before is DisputeState.INQUIRY and dispute.top_up_id and _stands(state):
        free = await balances.get_balance(session, wallet.free)
        dispute.taken = min(free, dispute.amount)
    await _guard(session, wallet, before, state)
    await _post(session, dispute, before, now)
    await _tell(session, dispute)
    if subject.study_session is not None and isinstance(subject.thing, Payment):
        await _consequences(session, subject.study_session, subject.thing, state, now)


async def _guard(
    session: AsyncSession, wallet: Wallet, before: DisputeState, state: DisputeState
) -> None:
    """Nothing leaves the payer's wallet while it is argued about money."""
    change = (state is DisputeState.OPEN) - (before is DisputeState.OPEN)
    if change:
        await wallets.count_dispute(session, wallet, change)


async def _post(
    session: AsyncSession, dispute: Dispute, before: DisputeState, now: datetime
) -> None:
    """One posting for each move, of what is elsewhere than before."""
    state = DisputeState(dispute.state)
    lines = dispute.places(state)
    for account, amount in dispute.places(before).items():
        lines[account] = lines.get(account, 0) - amount
    lines = {account: amount for account, amount in lines.items() if amount}
    if lines:
        reference = f"{dispute.id}:{dispute.revision}"
        await ledger.post(session, Posting(KINDS[state], reference, lines), now)


async def _consequences(
    session: AsyncSession,
    study_session: StudySession,
    payment: Payment,
    state: DisputeState,
    now: datetime,
) -> None:
    """A lost payment takes its period with it; one that was won goes back after all if its class
    was rejected meanwhile.
    """
    if state is DisputeState.LOST:
        await subscriptions.lose(session, study_session, payment.period, now)
    elif study_session.rejected_at is not None and not _stands(state):
        await payment_service.give_back(session, study_session, now)


def _stands(state: DisputeState) -> bool:
    return state in WITHDRAWN


async def _tell(session: AsyncSession, dispute: Dispute) -> None:
    about = {
        "dispute_id": dispute.id,
        "owner_id": dispute.owner_id,
        "payment_id": dispute.payment_id,
        "top_up_id": dispute.top_up_id,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "state": dispute.state,
        "revision": dispute.revision,
    }
    if dispute.state in UNENDED:
        await outbox.publish(session, DisputeOpened(**about, respond_by=dispute.respond_by))
    else:
        await outbox.publish(session, DisputeEnded(**about))


def _read(told: StripeDispute) -> DisputeFound | None:
    state = STATES.get(told.status)
    if state is None or told.payment_intent is None or told.amount <= 0:
        return None
    return DisputeFound(
        told.id, state, told.payment_intent, told.amount, told.currency.upper(), told.reason,
        told.respond_by,
    )  # fmt: skip


async def _lock(session: AsyncSession, payment_intent: str) -> _Subject | None:
    finding = Finding(Verdict.OPEN, payment_intent=payment_intent)
    payment_id = await payments.find_id(session, finding)
    if payment_id is not None:
        study_session, payment = await payments.lock(session, payment_id)
        return _Subject(payment, study_session, payment.tutor_id)
    top_up_id = await top_ups.find_id(session, finding)
    if top_up_id is None:
        return None
    top_up = await top_ups.lock(session, top_up_id)
    return _Subject(top_up, None, top_up.owner_id)


def _fits(thing: Payment | TopUp, found: DisputeFound) -> bool:
    """Whether so much can be argued about. One that we do not know as paid yet is left to the
    sweeper.
    """
    paid = thing.status == PaymentStatus.PAID and thing.currency == found.currency
    return paid and found.amount <= thing.amount


def _new(subject: _Subject, found: DisputeFound, now: datetime) -> Dispute:
    is_payment = isinstance(subject.thing, Payment)
    return Dispute(
        id=new_id(),
        stripe_dispute_id=found.stripe_dispute_id,
        payment_id=subject.thing.id if is_payment else None,
        top_up_id=None if is_payment else subject.thing.id,
        owner_id=subject.owner_id,
        amount=found.amount,
        taken=0,
        currency=found.currency,
        reason=found.reason,
        state=DisputeState.INQUIRY.value,
        respond_by=found.respond_by,
        opened_at=now,
        checked_at=now,
        revision=1,
    )
