"""What follows from what the provider says of a dispute (P16).

Safe to repeat and in any order: a dispute only goes forward, each of its postings has a name of its
own, and what it freezes stands in its row. Locks: class and payment (or top-up), the dispute, the
payer's wallet, accounts of the ledger.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.payment_disputes import DisputeClosed, DisputeOpened
from payment_service.checkouts.stripe_disputes import DisputeFound, DisputeState
from payment_service.disputes import repository
from payment_service.disputes.models import Dispute
from payment_service.disputes.states import Target
from payment_service.ledger import dispute_entries as entries
from payment_service.ledger import repository as balances
from payment_service.ledger import service as ledger
from payment_service.payments.states import Outcome
from payment_service.wallets import service as wallets

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a word of the provider's, and what it was about."""

    outcome: Outcome
    target: Target | None = None


async def hear(session: AsyncSession, found: DisputeFound, now: datetime) -> Heard:
    """Applies what the provider says of a dispute. What is about money that we do not know is
    skipped; a sum that does not fit, or a bank that takes its last word back, is `SUSPICIOUS`.
    """
    target = await repository.lock_target(session, found)
    if target is None:
        return Heard(Outcome.SKIPPED)
    if not target.fits(found):
        logger.error("dispute_suspicious", stripe_dispute_id=found.stripe_dispute_id)
        return Heard(Outcome.SUSPICIOUS, target)
    dispute, new = await repository.open_locked(session, target, found)
    if dispute.contradicts(found):
        logger.error("dispute_contradicted", dispute_id=str(dispute.id), state=found.state)
        return Heard(Outcome.SUSPICIOUS, target)
    news = dispute.learn(found, now)
    if new:
        await outbox.publish(session, DisputeOpened(**_about(dispute), due_at=dispute.due_at))
    if news:
        await _follow(session, dispute, now)
    return Heard(Outcome.APPLIED if new or news else Outcome.UNCHANGED, target)


async def _follow(session: AsyncSession, dispute: Dispute, now: datetime) -> None:
    if dispute.payment_id is not None:
        await repository.mark_payment(session, dispute.payment_id)
    await _guard(session, dispute, now)
    await _book(session, dispute, now)
    if dispute.closed and dispute.closed_at == now:
        dispute.revision += 1
        await outbox.publish(session, DisputeClosed(**_about(dispute), outcome=dispute.state))


async def _guard(session: AsyncSession, dispute: Dispute, now: datetime) -> None:
    """While it is argued about the money the payer's wallet lets none out."""
    owner = dispute.payer_id, dispute.currency
    if dispute.argued and not dispute.freezes:
        await wallets.hold_back(session, *owner, now)
    elif dispute.freezes and not dispute.argued:
        await wallets.let_out(session, *owner, now)
    dispute.freezes = dispute.argued


async def _book(session: AsyncSession, dispute: Dispute, now: datetime) -> None:
    """Postings that were written before are not written again."""
    if dispute.withdrawn_at is None:
        return
    money = dispute.id, dispute.amount, dispute.currency
    await ledger.post(session, entries.dispute_withdrawn(*money), now)
    if dispute.state == DisputeState.WON:
        await ledger.post(session, entries.dispute_won(*money), now)
    elif dispute.state == DisputeState.LOST and dispute.taken is None:
        dispute.taken = await _lose(session, dispute, now)


async def _lose(session: AsyncSession, dispute: Dispute, now: datetime) -> int:
    """A payment's money is revenue no more; that of a top-up goes out of the wallet as far as it
    reaches. Returns what was booked.
    """
    money = dispute.id, dispute.amount, dispute.currency
    if dispute.payment_id is not None:
        await ledger.post(session, entries.dispute_lost(*money), now)
        return dispute.amount
    wallet = await wallets.open_locked(session, dispute.payer_id, dispute.currency, now)
    amount = min(dispute.amount, await balances.get_balance(session, wallet.free))
    if amount > 0:
        posting = entries.top_up_lost(dispute.id, dispute.payer_id, amount, dispute.currency)
        await ledger.post(session, posting, now)
    return amount


def _about(dispute: Dispute) -> dict[str, object]:
    return {
        "dispute_id": dispute.id,
        "payment_id": dispute.payment_id,
        "top_up_id": dispute.top_up_id,
        "payer_id": dispute.payer_id,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "reason": dispute.reason,
        "revision": dispute.revision,
    }
