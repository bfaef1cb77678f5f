"""Queries for coupons and their redemptions."""

from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.coupons.errors import CouponExists, CouponInUse, CouponNotFound
from payment_service.coupons.models import Coupon, Redemption, RedemptionState
from payment_service.coupons.schemas import CouponOut

_UNSEEN = {"synchronize_session": False}
_SHOWN = columns_of(Coupon, CouponOut)
_ONE = Query(select(*_SHOWN, Coupon.revision).where(Coupon.id == bindparam("coupon_id")))
_PAGE = PageQuery(select(*_SHOWN), Coupon.id, {"code": Coupon.code == bindparam("code")})


async def add(session: AsyncSession, coupon: Coupon) -> None:
    """Adds a coupon. Raises `CouponExists`."""
    session.add(coupon)
    try:
        await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error) == "uq_coupons_code":
            raise CouponExists from error
        raise


async def show(reads: Reads, coupon_id: UUID) -> Row:
    """A coupon for admins, with its revision. Raises `CouponNotFound`."""
    found = await _ONE.first(reads, coupon_id=coupon_id)
    if found is None:
        raise CouponNotFound
    return found


async def list_page(reads: Reads, page: PageRequest, code: str | None) -> RowPage:
    """All coupons for admins, newest first."""
    return await _PAGE.page(reads, page, code=code)


async def get(session: AsyncSession, coupon_id: UUID) -> Coupon:
    """A coupon as it stands. Raises `CouponNotFound`."""
    coupon = await session.get(Coupon, coupon_id)
    if coupon is None:
        raise CouponNotFound
    return coupon


async def get_by_code(session: AsyncSession, code: str) -> Coupon:
    """The coupon of a code in capitals. Raises `CouponNotFound`."""
    coupon = await session.scalar(select(Coupon).where(Coupon.code == code))
    if coupon is None:
        raise CouponNotFound
    return coupon


async def lock(session: AsyncSession, coupon_id: UUID) -> Coupon:
    """A coupon, locked for changes, though not against new quotes: for what admins do. Raises
    `CouponNotFound`.
    """
    coupon = await session.get(
        Coupon, coupon_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if coupon is None:
        raise CouponNotFound
    return coupon


async def remove(session: AsyncSession, coupon: Coupon) -> None:
    """Removes a coupon that nothing refers to. Raises `CouponInUse`."""
    await session.delete(coupon)
    try:
        await session.flush()
    except IntegrityError as error:
        raise CouponInUse from error


async def count_one(session: AsyncSession, coupon_id: UUID) -> bool:
    """Counts one more use, if the coupon's limit allows it, and locks the coupon."""
    left = or_(Coupon.total_limit.is_(None), Coupon.used < Coupon.total_limit)
    statement = update(Coupon).where(Coupon.id == coupon_id, left).values(used=Coupon.used + 1)
    found = await session.scalar(statement.returning(Coupon.id), execution_options=_UNSEEN)
    return found is not None


async def count(session: AsyncSession, coupon_id: UUID, by: int) -> None:
    """Changes the count of uses, whatever the limit, and locks the coupon."""
    statement = update(Coupon).where(Coupon.id == coupon_id).values(used=Coupon.used + by)
    await session.execute(statement, execution_options=_UNSEEN)


async def count_uses(session: AsyncSession, coupon_id: UUID, tutor_id: UUID) -> int:
    """How often a tutor uses a coupon."""
    counted = select(func.count()).where(
        Redemption.coupon_id == coupon_id,
        Redemption.tutor_id == tutor_id,
        Redemption.state != RedemptionState.RETURNED.value,
    )
    return (await session.execute(counted)).scalar_one()


async def add_redemption(session: AsyncSession, redemption: Redemption) -> None:
    """Adds a payment's use of a coupon."""
    session.add(redemption)
    await session.flush()


async def find_redemption(session: AsyncSession, payment_id: UUID) -> Redemption | None:
    """A payment's use of a coupon, locked."""
    return await session.scalar(
        select(Redemption).where(Redemption.payment_id == payment_id).with_for_update()
    )
