"""What something costs: quotes, and the price of a checkout (P-A1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.ids import new_id
from payment_service.classes import repository as classes
from payment_service.classes.errors import ClassEnded, ClassRejected
from payment_service.coupons import repository as coupons
from payment_service.coupons import service as redemptions
from payment_service.coupons.models import Coupon
from payment_service.payments import repository as payments
from payment_service.payments.models import Payment
from payment_service.payments.states import Wish
from payment_service.plan_changes import service as plan_changes
from payment_service.plans import repository as plans
from payment_service.plans.models import Plan
from payment_service.quotes import repository
from payment_service.quotes.errors import QuoteExpired
from payment_service.quotes.models import Quote
from payment_service.quotes.schemas import QuoteCreate

VALID = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan's price and what a coupon takes off it, in minor units of the plan's currency."""

    plan: Plan
    coupon: Coupon | None
    price: int
    discount: int

    @property
    def amount(self) -> int:
        """What is left to pay."""
        return self.price - self.discount


async def create(
    session: AsyncSession, user: Principal, wanted: QuoteCreate, now: datetime
) -> Quote:
    """Promises a price for half an hour. A coupon is not held by it: its limits count when it is
    paid by. Raises `ClassNotFound`, `ClassRejected`, `ClassEnded`, or what `wish_for` and `price`
    raise.
    """
    tutor_id, study_session_id = user.account_id, wanted.study_session_id
    study_session = await classes.get_own(session, study_session_id, tutor_id)
    if study_session.rejected_at is not None:
        raise ClassRejected
    if study_session.ended_at is not None:
        raise ClassEnded
    wish = await wish_for(session, tutor_id, wanted)
    offer = await price(session, wish, await payments.find_live(session, study_session_id), now)
    quote = Quote(
        id=new_id(),
        study_session_id=study_session_id,
        tutor_id=tutor_id,
        plan_id=offer.plan.id,
        coupon_id=wish.coupon_id,
        coupon=wanted.coupon,
        price=offer.price,
        discount=offer.discount,
        amount=offer.amount,
        currency=offer.plan.currency,
        created_at=now,
        expires_at=now + VALID,
    )
    await repository.add(session, quote)
    return quote


async def wish_for(session: AsyncSession, tutor_id: UUID, wanted: QuoteCreate) -> Wish:
    """What somebody asks for at the price of the moment. A plan that is scheduled to follow takes
    the place of the present one. Raises `CouponNotFound`.
    """
    coupon = None
    if wanted.coupon is not None:
        coupon = await coupons.get_by_code(session, wanted.coupon)
    now: datetime = session.info["clock"].now()
    class_id = wanted.study_session_id
    plan_id = await plan_changes.successor(session, class_id, wanted.plan_id, now)
    return Wish(tutor_id, class_id, plan_id, coupon_id=coupon.id if coupon else None)


async def wish_of(session: AsyncSession, tutor_id: UUID, quote_id: UUID) -> Wish:
    """What somebody asks for by an own quote, expired or not. Raises `QuoteNotFound`."""
    quote = await repository.get_own(session, quote_id, tutor_id)
    return Wish(
        tutor_id, quote.study_session_id, quote.plan_id, quote.coupon_id, quote.id, quote.amount
    )


async def price(session: AsyncSession, wish: Wish, live: Payment | None, now: datetime) -> Offer:
    """What a wish costs now; a quote's promise stands, whatever admins have changed since, but for
    how often a coupon may be used. `live` is the class's open payment, whose coupon would be given
    back first. Raises `PlanNotFound`, `QuoteExpired`, `CouponNotValid`, `CouponUsedUp` or
    `CouponUsedByYou`.
    """
    coupon = await coupons.get(session, wish.coupon_id) if wish.coupon_id else None
    if wish.quote_id is not None:
        offer = await _promised(session, wish.tutor_id, wish.quote_id, coupon, now)
    else:
        plan = await plans.get_active(session, wish.plan_id)
        off = coupon.take_off(plan.amount, plan.months, plan.currency, now) if coupon else 0
        offer = Offer(plan, coupon, plan.amount, off)
    if coupon is not None:
        freed = live.tutor_id if live and live.coupon_id == coupon.id else None
        await redemptions.check(session, coupon, wish.tutor_id, freed)
    return offer


async def _promised(
    session: AsyncSession, tutor_id: UUID, quote_id: UUID, coupon: Coupon | None, now: datetime
) -> Offer:
    quote = await repository.get_own(session, quote_id, tutor_id)
    if now >= quote.expires_at:
        raise QuoteExpired
    plan = await plans.get(session, quote.plan_id)
    return Offer(plan, coupon, quote.price, quote.discount)
