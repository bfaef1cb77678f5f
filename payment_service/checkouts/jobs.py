"""The sweeper: finishes what a crash or an absence of Stripe left, and heals lost webhooks.

It keeps nothing in memory and is safe to run twice, also at the same time.
"""

from typing import TYPE_CHECKING, ClassVar

from libs.jobs import Job
from payment_service.checkouts import service, sweeping
from payment_service.checkouts.schemas import CloseCheckouts
from payment_service.checkouts.sweeping import LOOK_EVERY, UNANSWERED_AFTER, UNASKED, UNSETTLED
from payment_service.payments import repository
from payment_service.payments.models import Payment

if TYPE_CHECKING:
    from payment_service.resources import Resources

STEPS: sweeping.Steps[Payment] = sweeping.Steps(service.finish, service.look, service.give_up)


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
        closing = service.close(parts.database, parts.gateway, study_session_id)
        if not await sweeping.may_go_on(closing, study_session_id):
            return
    await sweeping.carry_on(parts, STEPS, unasked, unsettled, now)


async def close_checkouts(parts: "Resources", job: CloseCheckouts) -> None:
    """Closes what is open of a class that is over. Raises `ProviderUnavailable`."""
    await service.close(parts.database, parts.gateway, job.study_session_id)
