"""Queries for changes of plan."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.plan_changes.errors import PlanChangeNotFound
from payment_service.plan_changes.models import PlanChange
from payment_service.plan_changes.states import PlanChangeState

_SUCCESSOR = text("""
    SELECT next.id FROM plan_changes c
    JOIN subscriptions s ON s.id = c.subscription_id
    JOIN plans asked ON asked.id = :plan_id
    JOIN plans next ON next.months = c.months AND next.currency = c.currency AND next.active
      AND next.valid_from <= :now AND (next.valid_until IS NULL OR next.valid_until > :now)
    WHERE c.study_session_id = :study_session_id AND c.state = 'scheduled'
      AND asked.months = s.months AND asked.currency = c.currency
""").bindparams(
    bindparam("plan_id", type_=Uuid),
    bindparam("study_session_id", type_=Uuid),
    bindparam("now", type_=DateTime(timezone=True)),
)


async def add(session: AsyncSession, change: PlanChange) -> None:
    """Adds a change, under its class's lock."""
    session.add(change)
    await session.flush()


async def lock(session: AsyncSession, plan_change_id: UUID) -> PlanChange:
    """A change, locked, for what the platform itself does; its class must be locked before."""
    return await session.get_one(
        PlanChange, plan_change_id, with_for_update=True, populate_existing=True
    )


async def get(session: AsyncSession, plan_change_id: UUID) -> PlanChange:
    """A change, for what the platform itself does."""
    return await session.get_one(PlanChange, plan_change_id)


async def lock_of(session: AsyncSession, subscription_id: UUID, plan_change_id: UUID) -> PlanChange:
    """A change of a subscription that has been looked up with its owner's right, and whose class
    is locked. Raises `PlanChangeNotFound`.
    """
    found = await session.scalar(
        select(PlanChange)
        .where(PlanChange.id == plan_change_id, PlanChange.subscription_id == subscription_id)
        .with_for_update()
    )
    if found is None:
        raise PlanChangeNotFound
    return found


async def find_scheduled(session: AsyncSession, study_session_id: UUID) -> PlanChange | None:
    """What is scheduled for a class, locked; the class must be locked before."""
    return await session.scalar(
        select(PlanChange)
        .where(
            PlanChange.study_session_id == study_session_id,
            PlanChange.state == PlanChangeState.SCHEDULED.value,
        )
        .with_for_update()
    )


async def find_successor(
    session: AsyncSession, study_session_id: UUID, plan_id: UUID, now: datetime
) -> UUID | None:
    """The plan that is scheduled to follow if a class is renewed by the months that it has now, at
    the present price.
    """
    values = {"plan_id": plan_id, "study_session_id": study_session_id, "now": now}
    found: UUID | None = await session.scalar(_SUCCESSOR.columns(id=Uuid), values)
    return found
