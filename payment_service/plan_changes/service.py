"""What a change of plan costs, and how it comes true: always under the lock of its class.

The price is that of an instant, `priced_at`, from which the new plan also runs, however late its
difference is paid: so what was credited, charged and used adds up to the second.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.classes.models import StudySession
from payment_service.plan_changes import repository, states
from payment_service.plan_changes.errors import (
    ClassPaused,
    OtherCurrency,
    PaidAhead,
    PriceTooOld,
    SamePlan,
    SubscriptionNotActive,
)
from payment_service.plan_changes.models import PlanChange
from payment_service.plan_changes.states import PlanChangeState, Price, Span
from payment_service.plans import repository as plans
from payment_service.plans.models import Plan
from payment_service.subscriptions import repository as subscriptions
from payment_service.subscriptions import service as periods
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.service import Effect
from payment_service.subscriptions.states import SubscriptionState


def check(found: Subscription, plan: Plan) -> None:
    """Makes sure that a subscription can have another plan. Raises `SubscriptionNotActive`,
    `SamePlan` or `OtherCurrency`.
    """
    if found.state != SubscriptionState.ACTIVE:
        raise SubscriptionNotActive
    if plan.id == found.plan_id:
        raise SamePlan
    if found.currency not in (None, plan.currency):
        raise OtherCurrency


def check_now(
    study_session: StudySession, found: Subscription, priced_at: datetime, now: datetime
) -> None:
    """Makes sure that what runs now can be changed at the price of an instant, since which nothing
    else was. Raises `ClassPaused`, `PaidAhead` or `PriceTooOld`.
    """
    if study_session.keeps_time:
        raise ClassPaused
    if found.starts_at is None or found.starts_at > now:
        raise PaidAhead
    if priced_at < found.starts_at:
        raise PriceTooOld


def price_of(found: Subscription, plan: Plan, at: datetime, *, gone: int, most: int) -> Price:
    """What a change at an instant costs. `gone` is what has been given back of the running period
    otherwise, `most` what can still be given back, in minor units: no credit is more.
    """
    left = min(found.seconds_left(at), found.whole_seconds)
    span = Span(max(0, found.worth - gone), left, found.whole_seconds)
    full = states.price(span, plan.amount, plan.currency, anew=plan.months != found.months)
    return Price(min(full.credit, full.charge + most), full.charge, plan.currency)


async def apply(
    session: AsyncSession, study_session: StudySession, plan_change_id: UUID, now: datetime
) -> Effect:
    """Lets a change come true that is paid, or costs nothing; what was scheduled gives way to it.
    One whose subscription was changed or renewed meanwhile, or is over, has lapsed.
    """
    change = await repository.lock(session, plan_change_id)
    effect = await periods.change(session, study_session, change.terms(), _told(change), now)
    if effect is not Effect.COUNTS:
        change.end(PlanChangeState.LAPSED, now)
        return effect
    change.end(PlanChangeState.APPLIED, now)
    scheduled = await repository.find_scheduled(session, study_session.id)
    if scheduled is not None:
        scheduled.end(PlanChangeState.CALLED_OFF, now)
    return effect


async def lapse(session: AsyncSession, plan_change_id: UUID, now: datetime) -> None:
    """Ends a change that was not paid; nothing for one that has ended."""
    change = await repository.lock(session, plan_change_id)
    if change.state == PlanChangeState.OPEN:
        change.end(PlanChangeState.LAPSED, now)


async def renew(session: AsyncSession, study_session: StudySession, now: datetime) -> None:
    """A period has just been paid: what was scheduled comes true if it has those months; otherwise
    it goes on waiting, for the next one.
    """
    scheduled = await repository.find_scheduled(session, study_session.id)
    found = await subscriptions.find_of_class(session, study_session.id)
    if scheduled is None or found is None or scheduled.months != found.months:
        return
    scheduled.end(PlanChangeState.APPLIED, now)
    scheduled.plan_id, scheduled.period = found.plan_id, found.period
    await periods.tell_change(session, study_session, found, _told(scheduled))


async def describe(session: AsyncSession, change: PlanChange) -> list[tuple[str, int]]:
    """What a change costs, in words and minor units, line by line; the lines make up `due`."""
    old = await plans.get(session, change.from_plan_id)
    new = await plans.get(session, change.plan_id)
    return lines_of(old, new, Price(change.credit, change.charge, change.currency))


def lines_of(old: Plan, new: Plan, price: Price) -> list[tuple[str, int]]:
    """The same for a price; nothing is credited of what cost nothing."""
    lines = [(f"StudyZed class, {new.name}", price.charge)]
    if price.credit:
        lines.append((f"Unused time of {old.name}", -price.credit))
    return lines


async def successor(
    session: AsyncSession, study_session_id: UUID, plan_id: UUID, now: datetime
) -> UUID:
    """The plan by which a class is renewed when somebody asks for one: the scheduled one instead of
    one for the months that it has now.
    """
    found = await repository.find_successor(session, study_session_id, plan_id, now)
    return found or plan_id


def _told(change: PlanChange) -> dict[str, object]:
    return {
        "plan_change_id": change.id,
        "plan_id": change.plan_id,
        "months": change.months,
        "credit": change.credit,
        "charge": change.charge,
        "currency": change.currency,
    }
