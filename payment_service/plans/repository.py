"""Queries for plans."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, and_, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.plans.errors import PlanNotFound
from payment_service.plans.models import Plan
from payment_service.plans.schemas import PlanAdminOut, PlanOut

PRICING = 7_301
"""The class of advisory locks under which the prices of one length and currency are changed."""
_NOW = bindparam("now", type_=DateTime(timezone=True))
_ON_SALE = and_(
    Plan.active,
    Plan.valid_from <= _NOW,
    or_(Plan.valid_until.is_(None), Plan.valid_until > _NOW),
)
_PRESENT = Query(
    select(*columns_of(Plan, PlanOut)).where(_ON_SALE).order_by(Plan.currency, Plan.months)
)
_PAGE = PageQuery(
    select(*columns_of(Plan, PlanAdminOut)),
    Plan.id,
    {
        "months": Plan.months == bindparam("months"),
        "currency": Plan.currency == bindparam("currency"),
    },
)


async def list_active(reads: Reads, now: datetime) -> list[Row]:
    """The present price list, the shortest period first."""
    return await _PRESENT.all(reads, now=now)


async def list_page(
    reads: Reads, page: PageRequest, months: int | None, currency: str | None
) -> RowPage:
    """All prices of all times for admins, newest first."""
    return await _PAGE.page(reads, page, months=months, currency=currency)


async def get_active(session: AsyncSession, plan_id: UUID) -> Plan:
    """A plan that can be bought now. Raises `PlanNotFound`."""
    now: datetime = session.info["clock"].now()
    plan = await session.scalar(select(Plan).where(Plan.id == plan_id, _ON_SALE), {"now": now})
    if plan is None:
        raise PlanNotFound
    return plan


async def get_sold_at(session: AsyncSession, plan_id: UUID, at: datetime) -> Plan:
    """A plan that was on sale at an instant, which has passed; it may have ended since. Raises
    `PlanNotFound`.
    """
    ended_later = or_(and_(Plan.active, Plan.valid_until.is_(None)), Plan.valid_until > at)
    plan = await session.scalar(
        select(Plan).where(Plan.id == plan_id, Plan.valid_from <= at, ended_later)
    )
    if plan is None:
        raise PlanNotFound
    return plan


async def get(session: AsyncSession, plan_id: UUID) -> Plan:
    """A plan of any time. Raises `PlanNotFound`."""
    plan = await session.get(Plan, plan_id)
    if plan is None:
        raise PlanNotFound
    return plan


async def lock_prices(session: AsyncSession, months: int, currency: str) -> None:
    """Lets one transaction at a time change the prices for so many months in a currency."""
    statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:prices))")
    await session.execute(statement, {"kind": PRICING, "prices": f"{months} {currency}"})


async def lock(session: AsyncSession, plan_id: UUID) -> Plan:
    """A plan of any time, with the prices of its length locked. Raises `PlanNotFound`."""
    plan = await get(session, plan_id)
    await lock_prices(session, plan.months, plan.currency)
    await session.refresh(plan)
    return plan


async def find_open(session: AsyncSession, months: int, currency: str) -> Plan | None:
    """The price for so many months whose end is not set, if there is one."""
    return await session.scalar(
        select(Plan).where(
            Plan.months == months,
            Plan.currency == currency,
            Plan.active,
            Plan.valid_until.is_(None),
        )
    )


async def find_before(session: AsyncSession, plan: Plan) -> Plan | None:
    """The price that another one ends."""
    return await session.scalar(
        select(Plan).where(
            Plan.months == plan.months,
            Plan.currency == plan.currency,
            Plan.active,
            Plan.valid_until == plan.valid_from,
        )
    )


async def add(session: AsyncSession, plan: Plan) -> None:
    """Adds a plan."""
    session.add(plan)
    await session.flush()
