"""The sweeper: finishes what a crash or an absence of Stripe left, and heals lost webhooks.

It keeps nothing in memory and is safe to run twice, also at the same time.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from payment_service.checkouts import service
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.payments import repository
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus

if TYPE_CHECKING:
    from payment_service.resources import Resources

UNANSWERED_AFTER = timedelta(seconds=30)
LOOK_EVERY = timedelta(minutes=5)
UNASKED = (PaymentStatus.CREATED,)
UNSETTLED = (PaymentStatus.OPEN, PaymentStatus.DECLINED)

logger = log.get(__name__)


class SweepCheckouts(Job):
    """Carry on with intents that have no checkout yet, and look at checkouts that stay open."""

    type: ClassVar[str] = "payment.checkouts.sweep"


async def sweep_checkouts(parts: "Resources", _: SweepCheckouts) -> None:
    """One round; ends early when Stripe is away."""
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        over = await repository.claim_over(session, now - UNANSWERED_AFTER, now)
        unasked = [
            *await repository.claim(session, UNASKED, now - UNANSWERED_AFTER, now),
            *await service.list_unanswered(session, now - UNANSWERED_AFTER),
        ]
        unsettled = await repository.claim(session, UNSETTLED, now - LOOK_EVERY, now)
    for study_session_id in over:
        if not await _close(parts, study_session_id):
            return
    for payment in unasked:
        if now - payment.created_at > service.INTENT_LIVES:
            await service.give_up(parts.database, payment.id)
        elif not await _try(service.finish, parts, payment):
            return
    for payment in unsettled:
        if not await _try(service.look, parts, payment):
            return


async def close_checkouts(parts: "Resources", job: CloseCheckouts) -> None:
    """Closes what is open of a class that is over. Raises `ProviderUnavailable`."""
    await service.close(parts.database, parts.gateway, job.study_session_id)


async def _close(parts: "Resources", study_session_id: UUID) -> bool:
    try:
        await service.close(parts.database, parts.gateway, study_session_id)
    except CheckoutRefused:
        logger.error("checkout_refused", study_session_id=str(study_session_id))
    except ProviderUnavailable:
        return False
    return True


Step = Callable[[Database, StripeGateway, Payment], Awaitable[object]]


async def _try(step: Step, parts: "Resources", payment: Payment) -> bool:
    """Does one step for one payment; whether it makes sense to go on with the next."""
    try:
        await step(parts.database, parts.gateway, payment)
    except CheckoutRefused:
        logger.error("checkout_refused", payment_id=str(payment.id))
    except ProviderUnavailable:
        return False
    return True
