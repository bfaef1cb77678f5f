"""Queries for top-ups."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, any_, bindparam, case, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.payments.states import LIVE, Finding, PaymentStatus
from payment_service.top_ups.errors import TopUpNotFound
from payment_service.top_ups.models import TopUp
from payment_service.top_ups.schemas import TopUpOut

BATCH = 50
_URL = case((TopUp.status == any_(array(LIVE)), TopUp.checkout_url)).label("checkout_url")
_OWN = select(*columns_of(TopUp, TopUpOut, without={"checkout_url"}), _URL).where(
    TopUp.owner_id == bindparam("owner_id")
)
_PAGE = PageQuery(_OWN, TopUp.id)
_ONE = Query(_OWN.where(TopUp.id == bindparam("top_up_id")))


async def list_page(reads: Reads, page: PageRequest, owner_id: UUID) -> RowPage:
    """A person's top-ups, newest first."""
    return await _PAGE.page(reads, page, owner_id=owner_id)


async def get_own(reads: Reads, owner_id: UUID, top_up_id: UUID) -> Row:
    """A person's own top-up. Raises `TopUpNotFound`."""
    found = await _ONE.first(reads, owner_id=owner_id, top_up_id=top_up_id)
    if found is None:
        raise TopUpNotFound
    return found


async def add(session: AsyncSession, top_up: TopUp) -> None:
    """Adds a top-up."""
    session.add(top_up)
    await session.flush()


async def get(session: AsyncSession, top_up_id: UUID) -> TopUp:
    """A top-up, for what the platform itself does. Raises `TopUpNotFound`."""
    found = await session.get(TopUp, top_up_id)
    if found is None:
        raise TopUpNotFound
    return found


async def lock(session: AsyncSession, top_up_id: UUID) -> TopUp:
    """A top-up as it stands now, locked. Raises `TopUpNotFound`."""
    found = await session.get(TopUp, top_up_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise TopUpNotFound
    return found


async def find_id(session: AsyncSession, finding: Finding) -> UUID | None:
    """The id of the top-up that carries one of a finding's ids of Stripe's."""
    return await session.scalar(select(TopUp.id).where(_carries(finding)).limit(1))


async def is_foreign(session: AsyncSession, top_up_id: UUID, finding: Finding) -> bool:
    """Whether another top-up than this one carries the finding's ids of Stripe's."""
    statement = select(TopUp.id).where(TopUp.id != top_up_id, _carries(finding))
    return await session.scalar(statement.limit(1)) is not None


def _carries(finding: Finding) -> ColumnElement[bool]:
    # an id that is not known compares with nothing: NULL would match every row that has none
    return or_(
        TopUp.stripe_session_id == (finding.stripe_session_id or ""),
        TopUp.payment_intent == (finding.payment_intent or ""),
    )


async def claim(
    session: AsyncSession, states: Sequence[PaymentStatus], before: datetime, now: datetime
) -> Sequence[TopUp]:
    """Up to `BATCH` top-ups that were last checked before an instant; counts them as checked now,
    so that the next round, or another worker, takes others.
    """
    statement = select(TopUp).where(TopUp.status.in_(states), TopUp.checked_at < before)
    statement = statement.order_by(TopUp.checked_at).limit(BATCH)
    rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.checked_at = now
    return rows


async def list_settled(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[TopUp]:
    """Those of some top-ups that are intents no more."""
    settled = TopUp.status != PaymentStatus.CREATED
    return (await session.scalars(select(TopUp).where(TopUp.id.in_(ids), settled))).all()
