"""The sweeper of top-ups: finishes what a crash or an absence of Stripe left, and heals lost
webhooks. It keeps nothing in memory and is safe to run twice, also at the same time.
"""

from typing import TYPE_CHECKING, ClassVar

from libs.jobs import Job
from payment_service.checkouts import sweeping
from payment_service.checkouts.sweeping import LOOK_EVERY, UNANSWERED_AFTER, UNASKED, UNSETTLED
from payment_service.top_ups import repository, service
from payment_service.top_ups.models import TopUp

if TYPE_CHECKING:
    from payment_service.resources import Resources

STEPS: sweeping.Steps[TopUp] = sweeping.Steps(service.finish, service.look, service.give_up)


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
    await sweeping.carry_on(parts, STEPS, unasked, unsettled, now)
