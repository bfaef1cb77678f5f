"""Queries for refunds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.classes import repository as classes
from payment_service.classes.models import StudySession
from payment_service.refunds.errors import RefundNotFound
from payment_service.refunds.models import (
    STUCK_AFTER,
    Refund,
    RefundLine,
    is_stuck,
    stuck_since,
)
from payment_service.refunds.schemas import RefundAdminOut
from payment_service.refunds.states import OPEN, Hint, Line, RefundFilter, RefundState

BATCH = 50
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_SHOWN = select(
    *columns_of(Refund, RefundAdminOut, without={"stuck"}), stuck_since(_BEFORE).label("stuck")
)
_FILTERS = {
    "state": Refund.state == bindparam("state"),
    "study_session_id": Refund.study_session_id == bindparam("study_session_id"),
    "payment_id": Refund.payment_id == bindparam("payment_id"),
}
_PAGE = PageQuery(_SHOWN, Refund.id, _FILTERS)
_STUCK_PAGE = PageQuery(_SHOWN.where(is_stuck(_BEFORE)), Refund.id, _FILTERS)


async def add(session: AsyncSession, refund: Refund, lines: Sequence[Line]) -> None:
    """Adds a refund with its lines. The database refuses what exceeds the payment."""
    session.add(refund)
    await session.flush()
    session.add_all(
        RefundLine(
            refund_id=refund.id, position=position, description=line.description, amount=line.amount
        )
        for position, line in enumerate(lines, 1)
    )
    await session.flush()


def shown(refund: Refund) -> RefundAdminOut:
    """A refund as admins see it who have moved it a moment ago."""
    fields = {
        name: getattr(refund, name) for name in RefundAdminOut.model_fields if name != "stuck"
    }
    return RefundAdminOut(stuck=None, **fields)


async def list_lines(session: AsyncSession, refund_id: UUID) -> Sequence[RefundLine]:
    """The lines of a refund, in order; none for one without."""
    statement = select(RefundLine).where(RefundLine.refund_id == refund_id)
    return (await session.scalars(statement.order_by(RefundLine.position))).all()


async def lock(session: AsyncSession, refund_id: UUID) -> tuple[StudySession, Refund]:
    """A refund and its class, both locked, the class first as everywhere. Raises
    `RefundNotFound`.
    """
    study_session_id = await session.scalar(
        select(Refund.study_session_id).where(Refund.id == refund_id)
    )
    if study_session_id is None:
        raise RefundNotFound
    study_session = await classes.lock(session, study_session_id)
    refund = await session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
    return study_session, refund


async def find(session: AsyncSession, hint: Hint) -> Refund | None:
    """The refund that a hint names: by our id, which the provider keeps with it, or by its own."""
    if hint.refund_id is not None:
        return await session.get(Refund, hint.refund_id)
    if hint.stripe_refund_id is None:
        return None
    return await session.scalar(
        select(Refund).where(Refund.stripe_refund_id == hint.stripe_refund_id)
    )


async def list_of_intent(session: AsyncSession, payment_intent: str | None) -> Sequence[Refund]:
    """All refunds of an intent, newest first; none for an intent that is not known."""
    if payment_intent is None:
        return []
    statement = select(Refund).where(Refund.payment_intent == payment_intent)
    return (await session.scalars(statement.order_by(Refund.id.desc()))).all()


async def list_taken(session: AsyncSession, refund: Refund) -> dict[str, int]:
    """What the provider has for the other refunds of its payment: sums by the provider's ids."""
    statement = select(Refund.stripe_refund_id, Refund.amount).where(
        Refund.payment_id == refund.payment_id,
        Refund.id != refund.id,
        Refund.state != RefundState.FAILED,
        Refund.stripe_refund_id.is_not(None),
    )
    return {str(row[0]): row[1] for row in (await session.execute(statement)).all()}


async def sum_tax(session: AsyncSession, payment_id: UUID) -> int:
    """How much of a payment's tax its refunds have taken back, in minor units."""
    statement = select(func.coalesce(func.sum(Refund.tax), 0)).where(
        Refund.payment_id == payment_id, Refund.state != RefundState.CANCELED
    )
    return int(await session.scalar(statement) or 0)


async def is_taken(session: AsyncSession, stripe_refund_id: str, refund_id: UUID) -> bool:
    """Whether another refund than this has one of the provider's."""
    statement = select(Refund.id).where(
        Refund.stripe_refund_id == stripe_refund_id, Refund.id != refund_id
    )
    return await session.scalar(statement.limit(1)) is not None


async def claim(
    session: AsyncSession, unanswered: datetime, pending: datetime, now: datetime
) -> Sequence[UUID]:
    """Up to `BATCH` refunds that have not ended: without the provider's answer since `unanswered`,
    or not looked at since `pending`. Counts them as checked now, so that the next round, or another
    worker, takes others.
    """
    due = or_(
        Refund.stripe_refund_id.is_(None) & (Refund.checked_at < unanswered),
        Refund.checked_at < pending,
    )
    statement = select(Refund).where(Refund.state.in_(OPEN), due)
    statement = statement.order_by(Refund.checked_at).limit(BATCH)
    rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.checked_at = now
    return [row.id for row in rows]


async def list_page(
    reads: Reads, page: PageRequest, wanted: RefundFilter, now: datetime
) -> RowPage:
    """Refunds for admins, newest first."""
    query = _STUCK_PAGE if wanted.stuck else _PAGE
    filters = {
        "state": wanted.state,
        "study_session_id": wanted.study_session_id,
        "payment_id": wanted.payment_id,
    }
    return await query.page(reads, page, before=now - STUCK_AFTER, **filters)
