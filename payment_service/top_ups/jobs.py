"""The sweeper of top-ups: finishes what a crash or an absence of Stripe left, and heals lost
webhooks. It keeps nothing in memory and is safe to run twice, also at the same time.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.payments.states import PaymentStatus
from payment_service.top_ups import repository, service
from payment_service.top_ups.models import TopUp

if TYPE_CHECKING:
    from payment_service.resources import Resources

UNANSWERED_AFTER = timedelta(seconds=30)
LOOK_EVERY = timedelta(minutes=5)
UNASKED = (PaymentStatus.CREATED,)
UNSETTLED = (PaymentStatus.OPEN, PaymentStatus.DECLINED)

logger = log.get(__name__)

Step = Callable[[Database, StripeGateway, TopUp], Awaitable[object]]


class SweepTopUps(Job):
    """Carry on with intents that have no page yet, and look at pages that stay open."""

    type: ClassVar[str] = "payment.top_ups.sweep"


async def sweep_top_ups(parts: "Resources", _: SweepTopUps) -> None:
    """One round; ends early when Stripe is away."""
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        unasked = [
            *await repository.claim(session, UNASKED, now - UNANSWERED_AFTER, now),
            *await service.list_unanswered(session, now - UNANSWERED_AFTER),
        ]
        unsettled = await repository.claim(session, UNSETTLED, now - LOOK_EVERY, now)
    for top_up in unasked:
        if now - top_up.created_at > service.INTENT_LIVES:
            await service.give_up(parts.database, top_up.id)
        elif not await _try(service.finish, parts, top_up):
            return
    for top_up in unsettled:
        if not await _try(service.look, parts, top_up):
            return


async def _try(step: Step, parts: "Resources", top_up: TopUp) -> bool:
    """Does one step for one top-up; whether it makes sense to go on with the next."""
    try:
        await step(parts.database, parts.gateway, top_up)
    except CheckoutRefused:
        logger.error("top_up_refused", top_up_id=str(top_up.id))
    except ProviderUnavailable:
        return False
    return True
