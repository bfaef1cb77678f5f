"""Disputes as jobs, and the sweeper that finds those whose webhooks were lost. Safe to run twice,
also at the same time.
"""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from libs import log, sweeps
from libs.errors import Unavailable
from payment_service.disputes import evidence, repository, service
from payment_service.disputes.schemas import SendEvidence, SettleDispute, SweepDisputes

if TYPE_CHECKING:
    from payment_service.resources import Resources

LOOK_EVERY = timedelta(hours=1)
NEW_FOR = timedelta(days=3)
"""For so long the provider tries to deliver a webhook."""

logger = log.get(__name__)


async def settle_dispute(parts: "Resources", job: SettleDispute) -> None:
    """Brings one dispute on. Raises `Unavailable` while the provider is away."""
    await service.settle(parts.database, parts.gateway, job.stripe_dispute_id)


async def send_evidence(parts: "Resources", job: SendEvidence) -> None:
    """Answers one dispute. Raises `Unavailable` while the provider is away."""
    await evidence.send(parts.database, parts.gateway, job.dispute_id)


async def sweep_disputes(parts: "Resources", _: SweepDisputes) -> None:
    """One round; ends early when the provider is away."""
    now, database, gateway = parts.clock.now(), parts.database, parts.gateway
    try:
        listed = await gateway.list_disputes(now - NEW_FOR, now + timedelta(minutes=5))
        told = {one.id: one for one in listed}
        await sweeps.each("disputes_told", told, lambda key: service.apply(database, told[key]))
        async with database.transaction() as session:
            claimed = await repository.claim(session, now - LOOK_EVERY, now)
        await sweeps.each("disputes", claimed, partial(service.settle, database, gateway))
    except Unavailable:
        logger.warning("disputes_not_swept")
