"""Queries for disputes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.disputes.errors import DisputeNotFound
from payment_service.disputes.models import Dispute
from payment_service.disputes.schemas import DisputeAdminOut
from payment_service.disputes.states import UNENDED, DisputeFilter

BATCH = 50
_PAGE = PageQuery(
    select(*columns_of(Dispute, DisputeAdminOut)),
    Dispute.id,
    {
        "state": Dispute.state == bindparam("state"),
        "owner_id": Dispute.owner_id == bindparam("owner_id"),
    },
)


async def find(
    session: AsyncSession, stripe_dispute_id: str, *, lock: bool = False
) -> Dispute | None:
    """The dispute with an id of the provider's, if we know of it."""
    statement = select(Dispute).where(Dispute.stripe_dispute_id == stripe_dispute_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


async def lock(session: AsyncSession, dispute_id: UUID) -> Dispute:
    """A dispute as it stands now, locked. Raises `DisputeNotFound`."""
    found = await session.get(Dispute, dispute_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DisputeNotFound
    return found


async def add(session: AsyncSession, dispute: Dispute) -> None:
    """Adds a dispute."""
    session.add(dispute)
    await session.flush()


async def claim(session: AsyncSession, before: datetime, now: datetime) -> Sequence[str]:
    """The provider's ids of up to `BATCH` disputes that have not ended and were last looked at
    before an instant. Counts them as looked at now, so that the next round takes others.
    """
    statement = select(Dispute).where(Dispute.state.in_(UNENDED), Dispute.checked_at < before)
    statement = statement.order_by(Dispute.checked_at).limit(BATCH)
    rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.checked_at = now
    return [row.stripe_dispute_id for row in rows]


async def list_page(reads: Reads, page: PageRequest, wanted: DisputeFilter) -> RowPage:
    """Disputes for admins, newest first."""
    return await _PAGE.page(reads, page, state=wanted.state, owner_id=wanted.owner_id)
