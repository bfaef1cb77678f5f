"""Answering a dispute: what an admin writes is kept, a job sends it, and the answer is written; no
call inside a transaction. A repeat has the same idempotency key of the provider's, so that whatever
dies in between, a bank gets it once.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.crashpoint import reach
from libs.postgres import Database
from payment_service.checkouts.errors import EvidenceRefused
from payment_service.checkouts.stripe_objects import StripeDispute
from payment_service.disputes import repository, service
from payment_service.disputes.models import Dispute
from payment_service.disputes.schemas import SendEvidence

logger = log.get(__name__)


class Gateway(Protocol):
    """What is asked of the provider; `checkouts/stripe_gateway.py` does it."""

    async def send_evidence(self, stripe_dispute_id: str, text: str, key: str) -> StripeDispute:
        """Sends evidence, once for each key. Raises `EvidenceRefused` or `Unavailable`."""
        ...


async def give(
    session: AsyncSession, dispute_id: UUID, evidence: str, admin_id: UUID, now: datetime
) -> Dispute:
    """Notes what the bank shall be told. Raises `DisputeNotFound`, `DisputeOver` or
    `EvidenceGiven`; what the provider has refused can be given anew.
    """
    dispute = await repository.lock(session, dispute_id)
    dispute.answer(evidence, admin_id, now)
    await outbox.enqueue(session, SendEvidence(dispute_id=dispute_id))
    return dispute


async def send(database: Database, gateway: Gateway, dispute_id: UUID) -> None:
    """Sends what waits. Raises `DisputeNotFound`, or `Unavailable`, after which a repeat carries
    on.
    """
    async with database.transaction() as session:
        dispute = await repository.lock(session, dispute_id)
        if not dispute.waits:
            return
        key, told = dispute.key, dispute.stripe_dispute_id
        text = dispute.evidence or ""
    try:
        answer = await gateway.send_evidence(told, text, key)
    except EvidenceRefused as refusal:
        await _note(database, dispute_id, key, refusal.code)
        return
    await reach("disputes.after_evidence")
    await _note(database, dispute_id, key, None)
    await service.apply(database, answer)


async def _note(database: Database, dispute_id: UUID, key: str, failure: str | None) -> None:
    async with database.transaction() as session:
        dispute = await repository.lock(session, dispute_id)
        if dispute.key != key or not dispute.waits:
            return
        if failure is None:
            dispute.evidence_sent_at = database.clock.now()
        else:
            logger.error("evidence_refused", dispute_id=str(dispute_id), code=failure)
            dispute.evidence_failure = failure
