"""Queries for refunds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.classes import repository as classes
from payment_service.classes.models import StudySession
from payment_service.refunds.errors import RefundNotFound
from payment_service.refunds.models import STUCK_AFTER, Refund, is_stuck, stuck_since
from payment_service.refunds.schemas import RefundAdminOut
from payment_service.refunds.states import OPEN, Hint, RefundFilter

BATCH = 50
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_SHOWN = select(
    *columns_of(Refund, RefundAdminOut, without={"stuck"}), stuck_since(_BEFORE).label("stuck")
)
_FILTERS = {
    "state": Refund.state == bindparam("state"),
    "study_session_id": Refund.study_session_id == bindparam("study_session_id"),
}
_PAGE = PageQuery(_SHOWN, Refund.id, _FILTERS)
_STUCK_PAGE = PageQuery(_SHOWN.where(is_stuck(_BEFORE)), Refund.id, _FILTERS)
_COLUMNS = [column.key for column in Refund.__table__.columns]


async def add_new(session: AsyncSession, refund: Refund) -> bool:
    """Adds a refund; false if its payment has one already, which then stands."""
    values = {name: getattr(refund, name) for name in _COLUMNS}
    statement = insert(Refund).values(values).on_conflict_do_nothing(index_elements=["payment_id"])
    added = await session.scalar(statement.returning(Refund.id))
    return added is not None


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
    """The refund that carries one of a hint's ids; ours comes before the provider's."""
    if hint.refund_id is not None:
        return await session.get(Refund, hint.refund_id)
    # an id that is not known compares with nothing: NULL would match every row that has none
    carries = or_(
        Refund.stripe_refund_id == (hint.stripe_refund_id or ""),
        Refund.payment_intent == (hint.payment_intent or ""),
    )
    return await session.scalar(select(Refund).where(carries).limit(1))


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
    filters = {"state": wanted.state, "study_session_id": wanted.study_session_id}
    return await query.page(reads, page, before=now - STUCK_AFTER, **filters)
