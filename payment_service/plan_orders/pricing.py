"""What is asked for, and what it costs: in a transaction, under the locks of class and
subscription.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.classes import repository as classes
from payment_service.classes.errors import ClassEnded, ClassRejected
from payment_service.classes.models import StudySession
from payment_service.payments.models import Payment
from payment_service.plan_changes import repository as changes
from payment_service.plan_changes import service as plan_changes
from payment_service.plan_changes.errors import ChangeScheduled, PriceTooOld, SamePlan
from payment_service.plan_changes.states import PRICE_VALID, Price, When
from payment_service.plan_orders import repository
from payment_service.plan_orders.schemas import PlanChangeLine, PlanChangePreview
from payment_service.plans import repository as plans
from payment_service.plans.models import Plan
from payment_service.subscriptions import repository as subscriptions
from payment_service.subscriptions import service as periods
from payment_service.subscriptions.errors import SubscriptionNotFound
from payment_service.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription and its class, both locked, and the plan that somebody wants `now` at the
    prices of an instant (`at`).
    """

    tutor_id: UUID
    study_session: StudySession
    found: Subscription
    plan: Plan
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What a change costs, and the payments of which something could be given back."""

    price: Price
    funds: Sequence[Payment]


async def ask(
    session: AsyncSession,
    tutor_id: UUID,
    subscription_id: UUID,
    plan_id: UUID,
    priced_at: datetime | None,
) -> Asked:
    """Locks what is asked about. Raises `SubscriptionNotFound`, `ClassRejected`, `ClassEnded`,
    `PriceTooOld`, `PlanNotFound`, `SubscriptionNotActive`, `SamePlan` or `OtherCurrency`.
    """
    now: datetime = session.info["clock"].now()
    class_id = await subscriptions.get_class_id_for(session, tutor_id, subscription_id)
    study_session = await classes.lock_own(session, class_id, tutor_id)
    if study_session.rejected_at is not None:
        raise ClassRejected
    if study_session.ended_at is not None:
        raise ClassEnded
    found = await subscriptions.find_of_class(session, class_id)
    if found is None:
        raise SubscriptionNotFound
    await periods.advance(session, study_session, found, now)
    at = priced_at or now
    if not timedelta() <= now - at <= PRICE_VALID:
        raise PriceTooOld
    plan = await plans.get_sold_at(session, plan_id, at)
    plan_changes.check(found, plan)
    return Asked(tutor_id, study_session, found, plan, at, now)


async def offer(session: AsyncSession, asked: Asked) -> Offer:
    """What a change at once costs. Raises `ClassPaused`, `PaidAhead` or `PriceTooOld`."""
    study_session, found, plan = asked.study_session, asked.found, asked.plan
    plan_changes.check_now(study_session, found, asked.at, asked.now)
    gone = await repository.sum_decided(session, study_session.id, found.period)
    funds = await repository.list_funds(session, study_session.id, plan.currency)
    most = sum(fund.left for fund in funds)
    return Offer(plan_changes.price_of(found, plan, asked.at, gone=gone, most=most), funds)


async def check_end(session: AsyncSession, asked: Asked) -> None:
    """Makes sure that a change can be scheduled. Raises `SamePlan` for one of as many months, whose
    present price the renewal has anyway, or `ChangeScheduled`.
    """
    if asked.plan.months == asked.found.months:
        raise SamePlan
    if await changes.find_scheduled(session, asked.study_session.id) is not None:
        raise ChangeScheduled


async def preview(session: AsyncSession, asked: Asked, when: When) -> PlanChangePreview:
    """What a change would cost at this moment. Raises as `offer` or `check_end`."""
    lines: list[tuple[str, int]] = []
    at = asked.at if when is When.NOW else None
    if at is not None:
        old = await plans.get(session, asked.found.plan_id)
        lines = plan_changes.lines_of(old, asked.plan, (await offer(session, asked)).price)
    else:
        await check_end(session, asked)
    kept = asked.study_session.kept_seconds
    starts_at, ends_at = asked.found.outlook(asked.plan.months, at, kept)
    return PlanChangePreview(
        plan_id=asked.plan.id,
        at=when,
        months=asked.plan.months,
        lines=[PlanChangeLine(description=words, amount=amount) for words, amount in lines],
        due=sum(amount for _, amount in lines),
        currency=asked.plan.currency,
        starts_at=starts_at,
        ends_at=ends_at,
        priced_at=at,
        valid_until=at + PRICE_VALID if at else None,
    )
