"""Refunds as jobs, and the sweeper that carries on with what a crash or an absence of the provider
left. Safe to run twice, also at the same time.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from libs import log
from libs.errors import Unavailable
from payment_service.refunds import repository, service
from payment_service.refunds.schemas import SettleRefund, SweepRefunds

if TYPE_CHECKING:
    from payment_service.resources import Resources

UNANSWERED_AFTER = timedelta(seconds=30)
LOOK_EVERY = timedelta(minutes=5)

logger = log.get(__name__)


async def settle_refund(parts: "Resources", job: SettleRefund) -> None:
    """Brings one refund on. Raises `Unavailable` while the provider is away."""
    await service.settle(parts.database, parts.gateway, job.refund_id)


async def sweep_refunds(parts: "Resources", _: SweepRefunds) -> None:
    """One round; ends early when the provider is away."""
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        claimed = await repository.claim(session, now - UNANSWERED_AFTER, now - LOOK_EVERY, now)
    for refund_id in claimed:
        try:
            await service.settle(parts.database, parts.gateway, refund_id)
        except Unavailable:
            return
        except Exception:  # one that is wrong must not keep the others waiting
            logger.exception("refund_not_settled", refund_id=str(refund_id))
