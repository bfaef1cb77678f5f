"""Queries for plans."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import Query, Row, columns_of
from libs.postgres import Reads
from payment_service.plans.errors import PlanNotFound
from payment_service.plans.models import Plan
from payment_service.plans.schemas import PlanOut

_ACTIVE = Query(
    select(*columns_of(Plan, PlanOut)).where(Plan.active).order_by(Plan.currency, Plan.months)
)


async def list_active(reads: Reads) -> list[Row]:
    """The present price list, the shortest period first."""
    return await _ACTIVE.all(reads)


async def get_active(session: AsyncSession, plan_id: UUID) -> Plan:
    """A plan that can be bought now. Raises `PlanNotFound`."""
    plan = await session.scalar(select(Plan).where(Plan.id == plan_id, Plan.active))
    if plan is None:
        raise PlanNotFound
    return plan


async def get(session: AsyncSession, plan_id: UUID) -> Plan:
    """A plan of any time. Raises `PlanNotFound`."""
    plan = await session.get(Plan, plan_id)
    if plan is None:
        raise PlanNotFound
    return plan
