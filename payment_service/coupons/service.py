"""Coupons: what admins do, and their uses.

A use is held with the intent to pay and in its transaction, spent when that is paid, and returned
when it cannot be paid any more. Money that comes after all spends it again, whatever the limit:
what was paid was paid at that price.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.auth import Principal
from libs.events.payment_prices import CouponAct, CouponChanged
from libs.ids import new_id
from payment_service.coupons import repository
from payment_service.coupons.errors import CouponEndsTooEarly, CouponUsedByYou, CouponUsedUp
from payment_service.coupons.models import Coupon, Redemption, RedemptionState
from payment_service.coupons.schemas import CouponCreate, CouponUpdate


async def create(
    session: AsyncSession, admin: Principal, wanted: CouponCreate, now: datetime
) -> Coupon:
    """Makes a coupon. Raises `CouponExists` or `CouponEndsTooEarly`."""
    values = wanted.model_dump() | {"valid_from": wanted.valid_from or now}
    coupon = Coupon(id=new_id(), used=0, active=True, created_at=now, revision=1, **values)
    _check_times(coupon)
    await repository.add(session, coupon)
    await outbox.publish(session, _changed(coupon, admin, CouponAct.CREATED))
    return coupon


async def update(
    session: AsyncSession,
    admin: Principal,
    coupon_id: UUID,
    wanted: CouponUpdate,
    if_match: str | None,
) -> Coupon:
    """Changes when and how often a coupon holds; quotes keep what they promise. Raises
    `CouponNotFound`, `CouponEndsTooEarly` or `Stale`.
    """
    coupon = await repository.lock(session, coupon_id)
    etags.check(if_match, coupon.revision)
    for name, value in wanted.changes().items():
        setattr(coupon, name, value)
    _check_times(coupon)
    coupon.revision += 1
    await session.flush()
    await outbox.publish(session, _changed(coupon, admin, CouponAct.UPDATED))
    return coupon


async def remove(
    session: AsyncSession, admin: Principal, coupon_id: UUID, if_match: str | None
) -> None:
    """Removes a coupon that nobody has used. Raises `CouponNotFound`, `CouponInUse` or `Stale`."""
    coupon = await repository.lock(session, coupon_id)
    etags.check(if_match, coupon.revision)
    coupon.revision += 1
    await repository.remove(session, coupon)
    await outbox.publish(session, _changed(coupon, admin, CouponAct.REMOVED))


async def check(
    session: AsyncSession, coupon: Coupon, tutor_id: UUID, freed: UUID | None = None
) -> None:
    """Whether a tutor could use a coupon now. `freed` is the tutor one of whose uses would be given
    back first, if any. It may be gone a moment later. Raises `CouponUsedUp` or `CouponUsedByYou`.
    """
    if coupon.total_limit is not None and coupon.used - (freed is not None) >= coupon.total_limit:
        raise CouponUsedUp
    if coupon.user_limit is not None:
        used = await repository.count_uses(session, coupon.id, tutor_id)
        if used - (freed == tutor_id) >= coupon.user_limit:
            raise CouponUsedByYou


async def count(session: AsyncSession, coupon: Coupon, tutor_id: UUID) -> None:
    """Counts one more use by one atomic statement, whose lock makes one tutor's uses wait for each
    other. It comes before a payment refers to the coupon: a transaction that shared its lock first
    and then wanted all of it would stop others that do the same. Raises `CouponUsedUp` or
    `CouponUsedByYou`.
    """
    if not await repository.count_one(session, coupon.id):
        raise CouponUsedUp
    if coupon.user_limit is not None:
        used = await repository.count_uses(session, coupon.id, tutor_id)
        if used >= coupon.user_limit:
            raise CouponUsedByYou


async def hold(
    session: AsyncSession, coupon_id: UUID, tutor_id: UUID, payment_id: UUID, now: datetime
) -> None:
    """Ties a use that was counted in this transaction to the payment that was intended in it."""
    held = Redemption(
        id=new_id(),
        coupon_id=coupon_id,
        tutor_id=tutor_id,
        payment_id=payment_id,
        state=RedemptionState.HELD.value,
        held_at=now,
    )
    await repository.add_redemption(session, held)


async def spend(session: AsyncSession, payment_id: UUID, now: datetime) -> None:
    """A payment was paid: its use of a coupon stays. Its row must be locked. Repeatable."""
    redemption = await repository.find_redemption(session, payment_id)
    if redemption is None:
        return
    if redemption.state == RedemptionState.RETURNED:
        await repository.count(session, redemption.coupon_id, 1)
    redemption.state = RedemptionState.SPENT.value
    redemption.ended_at = now


async def give_back(session: AsyncSession, payment_id: UUID, now: datetime) -> None:
    """A payment cannot be paid any more: the coupon can be used once more. The payment's row must
    be locked. Repeatable.
    """
    redemption = await repository.find_redemption(session, payment_id)
    if redemption is None or redemption.state != RedemptionState.HELD:
        return
    redemption.state = RedemptionState.RETURNED.value
    redemption.ended_at = now
    await repository.count(session, redemption.coupon_id, -1)


def _check_times(coupon: Coupon) -> None:
    if coupon.valid_until is not None and coupon.valid_until <= coupon.valid_from:
        raise CouponEndsTooEarly


def _changed(coupon: Coupon, admin: Principal, act: CouponAct) -> CouponChanged:
    return CouponChanged(
        coupon_id=coupon.id,
        admin_id=admin.account_id,
        act=act,
        active=coupon.active,
        percent=coupon.percent,
        amount_off=coupon.amount_off,
        currency=coupon.currency,
        total_limit=coupon.total_limit,
        user_limit=coupon.user_limit,
        revision=coupon.revision,
    )
