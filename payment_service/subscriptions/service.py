"""Subscriptions: the only code that moves them, always under the lock of their class.

Time moves them by the sweeper, and also whenever one is looked at for a payment, so that what a
payment does depends on the clock and not on how far the sweeper has come.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.payment_plan_changes import SubscriptionPlanChanged
from libs.events.payment_subscriptions import SubscriptionEvent
from libs.ids import new_id
from payment_service.classes import repository as classes
from payment_service.classes.models import StudySession
from payment_service.subscriptions import repository
from payment_service.subscriptions.errors import SubscriptionOver
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.states import Paid, SubscriptionState, Terms


class Effect(StrEnum):
    """What a payment does: the period counts, was paid already, or comes too late."""

    COUNTS = "counts"
    TWICE = "twice"
    LATE = "late"


async def subscribe(session: AsyncSession, study_session: StudySession, paid: Paid) -> None:
    """Notes the first payment of a class; no time runs until the class is activated."""
    subscription = Subscription(
        id=new_id(),
        study_session_id=study_session.id,
        tutor_id=paid.tutor_id,
        plan_id=paid.plan_id,
        payment_id=paid.payment_id,
        months=paid.months,
        paid_at=paid.paid_at,
        state=SubscriptionState.PENDING.value,
        period=1,
        zone=session.info["billing_zone"],
        anchor_months=0,
        kept_before=0,
        noticed=0,
        revision=1,
        worth=paid.amount,
        currency=paid.currency,
        whole_seconds=0,
    )
    await repository.add(session, subscription)


async def activate(session: AsyncSession, study_session: StudySession, at: datetime) -> None:
    """Lets the first period begin, when the class became active. Repeatable."""
    found = await repository.find_of_class(session, study_session.id)
    if found is not None and found.state == SubscriptionState.PENDING:
        found.begin(at, study_session.kept_seconds)
        await _move(session, study_session, found, SubscriptionState.ACTIVE)
        if found.lost:
            await _suspend(session, study_session, found, at)


async def next_period(
    session: AsyncSession, study_session: StudySession, now: datetime
) -> int | None:
    """The number of the period that may be paid for now; `None` while it is too early. Raises
    `SubscriptionOver`.
    """
    found = await repository.find_of_class(session, study_session.id)
    if found is None:
        return 1
    await advance(session, study_session, found, now)
    if found.state == SubscriptionState.EXPIRED:
        raise SubscriptionOver
    return found.period + 1 if found.is_renewable(now) else None


async def pay(session: AsyncSession, study_session: StudySession, paid: Paid) -> Effect:
    """Applies a payment to a class that is not over. Paying early or in the grace goes on from the
    old end; paying when suspended begins anew now.
    """
    found = await repository.find_of_class(session, study_session.id)
    if found is None:
        await subscribe(session, study_session, paid)
        return Effect.COUNTS
    now, kept = paid.paid_at, study_session.kept_seconds
    await advance(session, study_session, found, now)
    if paid.period <= found.period:
        return Effect.TWICE
    if found.state == SubscriptionState.EXPIRED:
        return Effect.LATE
    found.take(paid)
    if found.state == SubscriptionState.SUSPENDED:
        found.begin(now, kept)
    else:
        found.extend(kept, now)
    await _move(session, study_session, found, SubscriptionState.ACTIVE, paid.payment_id)
    return Effect.COUNTS


async def lose(
    session: AsyncSession, study_session: StudySession, period: int, now: datetime
) -> None:
    """The money of a period is gone. If that is the last one, its class can be read only from now
    on, by the same steps that time would take; paying begins anew. One that is not active yet is
    suspended as soon as it is. An earlier period is over, or has been followed by others that are
    paid.
    """
    found = await repository.find_of_class(session, study_session.id)
    if found is None or found.period != period or study_session.is_over:
        return
    found.lost = True
    await _suspend(session, study_session, found, now)


async def _suspend(
    session: AsyncSession, study_session: StudySession, found: Subscription, now: datetime
) -> None:
    if found.state not in (SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE):
        return
    if not found.cut(study_session.kept_seconds, now):
        found.plan(stopped=study_session.stands_still)
        return
    if found.state == SubscriptionState.ACTIVE:
        await _move(session, study_session, found, SubscriptionState.PAST_DUE)
    await _move(session, study_session, found, SubscriptionState.SUSPENDED)


async def change(
    session: AsyncSession,
    study_session: StudySession,
    to: Terms,
    told: Mapping[str, object],
    now: datetime,
) -> Effect:
    """Lets a class's subscription have another plan, as long as its present period is the one that
    the change was priced for; `told` is what the event has beside ids and times. Paid time that is
    over cannot be changed.
    """
    found = await repository.find_of_class(session, study_session.id)
    if found is None:
        return Effect.LATE
    await advance(session, study_session, found, now)
    if to.period <= found.period:
        return Effect.TWICE
    if found.state != SubscriptionState.ACTIVE:
        return Effect.LATE
    found.change(to)
    found.reckon(study_session.kept_seconds, now)
    await tell_change(session, study_session, found, told)
    await advance(session, study_session, found, now)
    return Effect.COUNTS


async def tell_change(
    session: AsyncSession,
    study_session: StudySession,
    found: Subscription,
    told: Mapping[str, object],
) -> None:
    """Publishes that a subscription has another plan."""
    found.revision += 1
    await _tell(session, study_session, found, SubscriptionPlanChanged, **told)


async def keep_time(session: AsyncSession, study_session: StudySession, now: datetime) -> None:
    """A class was paused or goes on: what the pause has kept moves the end. Repeatable."""
    found = await repository.find_of_class(session, study_session.id)
    if found is None or found.state == SubscriptionState.EXPIRED:
        return
    moved = found.reckon(study_session.kept_seconds, now)
    over = found.state in (SubscriptionState.PAST_DUE, SubscriptionState.SUSPENDED)
    if moved and over and found.ends_at is not None and found.ends_at > now:
        await _move(session, study_session, found, SubscriptionState.ACTIVE)
    await advance(session, study_session, found, now)


async def advance(
    session: AsyncSession, study_session: StudySession, found: Subscription, now: datetime
) -> None:
    """Does what time has made due, each step with its event, and at most one notice. Time stands
    still for a class that is over, or paused with its time kept. Repeatable.
    """
    if not study_session.stands_still:
        while (to := found.later(now)) is not None:
            await _move(session, study_session, found, to)
        notice = found.notice(now)
        if notice is not None:
            await _tell(session, study_session, found, notice[0], days=notice[1])
    found.plan(stopped=study_session.stands_still)


async def sweep(session: AsyncSession, study_session_id: UUID, now: datetime) -> None:
    """Does what is due for one class. Raises `ClassNotFound`."""
    study_session = await classes.lock(session, study_session_id)
    found = await repository.find_of_class(session, study_session_id)
    if found is not None and found.due_at is not None and found.due_at <= now:
        await advance(session, study_session, found, now)


async def _move(
    session: AsyncSession,
    study_session: StudySession,
    found: Subscription,
    to: SubscriptionState,
    payment_id: UUID | None = None,
) -> None:
    event = found.move(to)
    found.plan(stopped=study_session.stands_still)
    await _tell(session, study_session, found, event, payment_id=payment_id)


async def _tell(
    session: AsyncSession,
    study_session: StudySession,
    found: Subscription,
    event: type[SubscriptionEvent],
    **more: object,
) -> None:
    """Publishes an event; `more` is what this one has beside the ids and times."""
    about = {
        "study_session_id": study_session.id,
        "tutor_id": study_session.tutor_id,
        "subscription_id": found.id,
        "period": found.period,
        "ends_at": found.ends_at,
        "suspends_at": found.suspends_at,
        "expires_at": found.expires_at,
        "revision": study_session.next_event_revision(),
    }
    await outbox.publish(session, event.model_validate(about | more))
