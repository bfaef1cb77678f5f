"""Queries for plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.plans.errors import PlanNotFound
from payment_service.plans.models import Plan


async def list_active(session: AsyncSession) -> Sequence[Plan]:
    """The present price list, the shortest period first."""
    statement = select(Plan).where(Plan.active).order_by(Plan.currency, Plan.months)
    return (await session.scalars(statement)).all()


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
