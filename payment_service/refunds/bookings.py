"""What follows from a refund's move: postings, events and the credit note.

Locks in the order of the service: class and refund are held by the caller, then come the wallet,
accounts of the ledger, and the counter of credit notes last.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.events.payment import PaymentRefunded, RefundFailed, RefundRequested
from libs.events.payment_refunds import RefundCanceled, RefundMovedToWallet
from payment_service.classes.models import StudySession
from payment_service.invoices import service as invoices
from payment_service.invoices.states import Item
from payment_service.ledger import entries
from payment_service.ledger import service as ledger
from payment_service.ledger.wallet_entries import wallet_refund
from payment_service.refunds import repository
from payment_service.refunds.models import Refund
from payment_service.refunds.states import RefundState
from payment_service.wallets import service as wallets

logger = log.get(__name__)


async def owe(
    session: AsyncSession, study_session: StudySession, refund: Refund, now: datetime
) -> None:
    """It is decided that money goes back; what goes into a wallet is there with that."""
    if refund.to_wallet:  # before any account of the ledger, as whoever pays from it
        await wallets.open_locked(session, refund.tutor_id, refund.currency, now)
    posting = entries.refund_owed(refund.id, refund.amount, refund.currency, refund.tax)
    await ledger.post(session, posting, now)
    await say_requested(session, study_session, refund)
    if refund.to_wallet:
        await _fill(session, refund, now)
        await _say_refunded(session, study_session, refund, now)


async def end(
    session: AsyncSession, study_session: StudySession, refund: Refund, before: str, now: datetime
) -> None:
    """The provider's answer has ended it, or has ended it otherwise than in the state `before`."""
    if refund.to_wallet:
        await move_to_wallet(session, study_session, refund, before, now)
        return
    await _book(session, refund, before, now)
    if refund.state == RefundState.SUCCEEDED:
        await _say_refunded(session, study_session, refund, now)
        return
    logger.error("refund_failed", refund_id=str(refund.id), failure=refund.failure)
    await outbox.publish(session, RefundFailed(**_about(study_session, refund)))


async def move_to_wallet(
    session: AsyncSession, study_session: StudySession, refund: Refund, before: str, now: datetime
) -> None:
    """What does not reach the card is in the wallet, and its owner is told so."""
    await wallets.open_locked(session, refund.tutor_id, refund.currency, now)
    if before == RefundState.SUCCEEDED:
        posting = entries.refund_returned(_reference(refund), refund.amount, refund.currency)
        await ledger.post(session, posting, now)
    await _fill(session, refund, now)
    about = _about(study_session, refund)
    await outbox.publish(session, RefundMovedToWallet(**about, refunded_at=now))
    await _credit(session, refund, now)


async def cancel(
    session: AsyncSession, study_session: StudySession, refund: Refund, now: datetime
) -> None:
    """Nothing is owed any more."""
    money = refund.amount, refund.currency, refund.tax
    posting = entries.refund_canceled(_reference(refund), *money)
    await ledger.post(session, posting, now)
    await outbox.publish(session, RefundCanceled(**_about(study_session, refund)))


async def say_requested(session: AsyncSession, study_session: StudySession, refund: Refund) -> None:
    """Tells that money is on its way back, or begins it again."""
    await outbox.publish(session, RefundRequested(**_about(study_session, refund)))


async def _fill(session: AsyncSession, refund: Refund, now: datetime) -> None:
    posting = wallet_refund(_reference(refund), refund.tutor_id, refund.amount, refund.currency)
    await wallets.credit(session, refund.tutor_id, refund.currency, posting, now)


async def _book(session: AsyncSession, refund: Refund, before: str, now: datetime) -> None:
    """The money has left the provider, or has come back to it."""
    if refund.state == RefundState.SUCCEEDED:
        posting = entries.refund_paid(_reference(refund), refund.amount, refund.currency)
    elif before == RefundState.SUCCEEDED:
        posting = entries.refund_returned(_reference(refund), refund.amount, refund.currency)
    else:
        return
    await ledger.post(session, posting, now)


async def _say_refunded(
    session: AsyncSession, study_session: StudySession, refund: Refund, now: datetime
) -> None:
    about = _about(study_session, refund)
    await outbox.publish(session, PaymentRefunded(**about, refunded_at=refund.ended_at))
    await _credit(session, refund, now)


async def _credit(session: AsyncSession, refund: Refund, now: datetime) -> None:
    """Its credit note, last of all: it locks the counter of numbers."""
    lines = await repository.list_lines(session, refund.id)
    items = tuple(Item(line.description, line.amount) for line in lines)
    await invoices.credit(session, refund.credit(items), now)


def _reference(refund: Refund) -> str:
    """Each move has a revision, so that its postings have names of their own."""
    return f"{refund.id}:{refund.revision}"


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
