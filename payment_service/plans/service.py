"""Changing the price list. Who has an open quote or checkout keeps its price (P-A1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.payment_prices import PlanPriced, PlanWithdrawn
from libs.ids import new_id
from payment_service.plans import repository
from payment_service.plans.errors import PlanEnded, PriceInPast, PriceScheduled
from payment_service.plans.models import Plan
from payment_service.plans.schemas import PlanCreate


async def price(session: AsyncSession, admin: Principal, wanted: PlanCreate, now: datetime) -> Plan:
    """Makes a price, and ends the one before. Raises `PriceInPast` or `PriceScheduled`."""
    since = wanted.valid_from or now
    if since < now:
        raise PriceInPast
    await repository.lock_prices(session, wanted.months, wanted.currency)
    before = await repository.find_open(session, wanted.months, wanted.currency)
    if before is not None:
        if before.valid_from >= since:
            raise PriceScheduled
        before.end(since, now)
        await session.flush()
    plan = Plan(
        id=new_id(),
        name=wanted.name,
        months=wanted.months,
        amount=wanted.amount,
        currency=wanted.currency,
        active=True,
        valid_from=since,
        created_at=now,
    )
    await repository.add(session, plan)
    await outbox.publish(session, _priced(plan, admin))
    return plan


async def withdraw(session: AsyncSession, admin: Principal, plan_id: UUID, now: datetime) -> None:
    """Takes a price off the list: one that is valid is sold no more, one that is not valid yet
    never will be, and the one before goes on. Raises `PlanNotFound` or `PlanEnded`.
    """
    plan = await repository.lock(session, plan_id)
    if plan.valid_until is not None or not plan.active:
        raise PlanEnded
    if plan.valid_from > now:
        before = await repository.find_before(session, plan)
        plan.call_off()
        await session.flush()
        if before is not None:
            before.valid_until = None
    else:
        plan.end(now, now)
    await outbox.publish(session, PlanWithdrawn(plan_id=plan.id, admin_id=admin.account_id))


def _priced(plan: Plan, admin: Principal) -> PlanPriced:
    return PlanPriced(
        plan_id=plan.id,
        admin_id=admin.account_id,
        months=plan.months,
        amount=plan.amount,
        currency=plan.currency,
        valid_from=plan.valid_from,
    )
