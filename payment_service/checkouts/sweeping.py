"""What sweepers of whatever is paid at Stripe's page have in common."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

from libs import log
from libs.postgres import Database
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.payments.states import PaymentStatus

if TYPE_CHECKING:
    from payment_service.resources import Resources

UNANSWERED_AFTER = timedelta(seconds=30)
LOOK_EVERY = timedelta(minutes=5)
INTENT_LIVES = timedelta(hours=1)
"""For so long an unanswered intent is repeated. Giving it up is safe: nobody ever got its URL.
It is shorter than a day, for which Stripe keeps idempotency keys and would replay a stored failure.
"""
UNASKED = (PaymentStatus.CREATED,)
UNSETTLED = (PaymentStatus.OPEN, PaymentStatus.DECLINED)

logger = log.get(__name__)


class Intent(Protocol):
    """A wish to pay: a payment, a top-up."""

    id: Any
    created_at: Any


T = TypeVar("T", bound=Intent)


@dataclass(frozen=True, slots=True)
class Steps(Generic[T]):
    """What is done with one: get it its page, look how that stands, or give it up."""

    finish: Callable[[Database, StripeGateway, T], Awaitable[object]]
    look: Callable[[Database, StripeGateway, T], Awaitable[object]]
    give_up: Callable[[Database, UUID], Awaitable[object]]


async def carry_on(
    parts: "Resources", steps: Steps[T], unasked: Sequence[T], unsettled: Sequence[T], now: datetime
) -> None:
    """Goes on with intents that have no page yet, and looks at pages that stay open; ends early
    when Stripe is away.
    """
    for one in unasked:
        if now - one.created_at > INTENT_LIVES:
            await steps.give_up(parts.database, one.id)
        elif not await may_go_on(steps.finish(parts.database, parts.gateway, one), one.id):
            return
    for one in unsettled:
        if not await may_go_on(steps.look(parts.database, parts.gateway, one), one.id):
            return


async def may_go_on(step: Awaitable[object], of: UUID) -> bool:
    """Does one step; whether it makes sense to go on with the next."""
    try:
        await step
    except CheckoutRefused:
        logger.error("checkout_refused", of=str(of))
    except ProviderUnavailable:
        return False
    return True
