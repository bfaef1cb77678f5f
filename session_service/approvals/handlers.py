"""What payment_service says of a rejected class's money. Events may come twice or out of order."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.payment import PaymentRefunded, PaymentsClosed, RefundFailed, RefundRequested
from libs.events.payment_refunds import RefundCanceled, RefundMovedToWallet
from session_service.approvals import repository
from session_service.approvals.schemas import RefundState


async def on_payments_closed(session: AsyncSession, event: PaymentsClosed) -> None:
    """The rejection has arrived there."""
    await repository.save_answer(session, event, session.info["clock"].now())


async def on_refund_requested(session: AsyncSession, event: RefundRequested) -> None:
    """A payment is owed back."""
    now = session.info["clock"].now()
    await repository.save_refund(session, event, RefundState.REQUESTED, now)


async def on_payment_refunded(session: AsyncSession, event: PaymentRefunded) -> None:
    """It has gone back."""
    now = session.info["clock"].now()
    await repository.save_refund(session, event, RefundState.SUCCEEDED, now)


async def on_refund_failed(session: AsyncSession, event: RefundFailed) -> None:
    """It could not be given back; an operator may have it tried again."""
    now = session.info["clock"].now()
    await repository.save_refund(session, event, RefundState.FAILED, now)


async def on_refund_moved_to_wallet(session: AsyncSession, event: RefundMovedToWallet) -> None:
    """It did not reach the card, and has gone back all the same."""
    now = session.info["clock"].now()
    await repository.save_refund(session, event, RefundState.SUCCEEDED, now)


async def on_refund_canceled(session: AsyncSession, event: RefundCanceled) -> None:
    """It does not go back, and counts no more."""
    now = session.info["clock"].now()
    await repository.save_refund(session, event, RefundState.CANCELED, now)
