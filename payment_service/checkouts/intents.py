"""What a request for a checkout asks for, and the intent to pay for it: all of it before Stripe is
asked, in one transaction.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from payment_service.checkouts.errors import AlreadyPaid
from payment_service.checkouts.schemas import CheckoutCreate
from payment_service.classes import repository as classes
from payment_service.classes.errors import ClassEnded, ClassRejected
from payment_service.classes.models import StudySession
from payment_service.coupons import service as coupons
from payment_service.payments import repository
from payment_service.payments import service as payments
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus, Wish
from payment_service.quotes import service as quotes
from payment_service.quotes.schemas import QuoteCreate
from payment_service.quotes.service import Offer
from payment_service.subscriptions import service as subscriptions

CHECKOUT_LIVES = timedelta(hours=2)
"""Stripe allows 30 minutes to 24 hours from its own creation of the session."""


async def read(session: AsyncSession, tutor_id: UUID, wanted: CheckoutCreate) -> Wish:
    """What a request asks for, whether it can be had or not. Raises `QuoteNotFound` or
    `CouponNotFound`.
    """
    if wanted.quote_id is not None:
        return await quotes.wish_of(session, tutor_id, wanted.quote_id)
    asked = wanted.model_dump(include={"plan_id", "study_session_id", "coupon"})
    return await quotes.wish_for(session, tutor_id, QuoteCreate.model_validate(asked))


async def intend(session: AsyncSession, wish: Wish, now: datetime) -> Payment:
    """The live payment of the class, or a new one, under the class's lock. Nobody loses an open
    checkout to a wish that cannot be had. Raises `ClassNotFound`, `ClassRejected`, `ClassEnded`,
    `AlreadyPaid`, or what `quotes.service.price` raises.
    """
    study_session, period = await lock(session, wish, now)
    live = await repository.find_live(session, study_session.id)
    if live is not None and live.period < period:
        live.lapse(now)
    if live is not None and live.serves(wish, now):
        return live
    offer = await quotes.price(session, wish, live, now)
    if live is not None:
        return live
    payment = make(wish, offer, period, now)
    await add(session, payment, offer, now)
    if payment.free:
        await payments.take_nothing(session, study_session, payment, now)
    return payment


async def add(session: AsyncSession, payment: Payment, offer: Offer, now: datetime) -> None:
    """Adds a payment under its class's lock, and holds its coupon. Raises `CouponUsedUp`."""
    if offer.coupon is not None:
        await coupons.count(session, offer.coupon, payment.tutor_id)
    await repository.add(session, payment)
    if offer.coupon is not None:
        await coupons.hold(session, offer.coupon.id, payment.tutor_id, payment.id, now)


async def lock(session: AsyncSession, wish: Wish, now: datetime) -> tuple[StudySession, int]:
    """The class, locked, and the number of the period that can be paid for now.

    Raises `ClassNotFound`, `ClassRejected`, `ClassEnded`, `AlreadyPaid` or `SubscriptionOver`.
    """
    study_session = await classes.lock_own(session, wish.study_session_id, wish.tutor_id)
    if study_session.rejected_at is not None:
        raise ClassRejected
    if study_session.ended_at is not None:
        raise ClassEnded
    period = await subscriptions.next_period(session, study_session, now)
    if period is None:
        raise AlreadyPaid
    return study_session, period


def make(wish: Wish, offer: Offer, period: int, now: datetime) -> Payment:
    """The payment by which a wish comes true."""
    return Payment(
        id=new_id(),
        study_session_id=wish.study_session_id,
        tutor_id=wish.tutor_id,
        plan_id=offer.plan.id,
        coupon_id=wish.coupon_id,
        quote_id=wish.quote_id,
        description=f"StudyZed class, {offer.plan.name}",
        months=offer.plan.months,
        period=period,
        amount=offer.amount,
        discount=offer.discount,
        currency=offer.plan.currency,
        status=PaymentStatus.CREATED.value,
        created_at=now,
        expires_at=now + CHECKOUT_LIVES,
        checked_at=now,
        revision=1,
    )
