"""Reconciliations as jobs."""

from typing import TYPE_CHECKING

from payment_service.reconciliations import service
from payment_service.reconciliations.schemas import Reconcile, ReconcileNightly

if TYPE_CHECKING:
    from payment_service.resources import Resources


async def reconcile(parts: "Resources", job: Reconcile) -> None:
    """Makes one. Raises `Unavailable` while the provider is away."""
    await service.reconcile(parts.database, parts.gateway, job.reconciliation_id)


async def reconcile_nightly(parts: "Resources", _: ReconcileNightly) -> None:
    """Asks for one of the last days."""
    async with parts.database.transaction() as session:
        await service.ask_nightly(session, parts.clock.now())
