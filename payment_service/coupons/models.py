"""Coupons, and who uses them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.coupons.errors import CouponNotValid

WHOLE = 100


class RedemptionState(StrEnum):
    """`held`: its payment can still be paid. `spent`: it was paid. `returned`: it was not, and the
    coupon can be used once more.
    """

    HELD = "held"
    SPENT = "spent"
    RETURNED = "returned"


class Coupon(Base):
    """What is taken off a price: `percent` of it, or `amount_off` in minor units of `currency` (ISO
    4217). It holds from `valid_from` until before `valid_until`, for plans of `plan_months` (none:
    of any length). `used` counts redemptions that were not returned; it is changed by one statement
    only, so that it never misses one.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            "(percent IS NULL) <> (amount_off IS NULL) "
            "AND (amount_off IS NULL) = (currency IS NULL)",
            name="one_thing_off",
        ),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("amount_off > 0", name="amount_off"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("valid_until > valid_from", name="valid_until"),
        CheckConstraint("total_limit > 0 AND user_limit > 0", name="limits"),
        CheckConstraint("used >= 0", name="used"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    percent: Mapped[int | None]
    amount_off: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
    plan_months: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    total_limit: Mapped[int | None]
    user_limit: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    def take_off(self, price: int, months: int, currency: str, now: datetime) -> int:
        """What it takes off a price for so many months, in minor units, never more than the price.
        Parts of a unit are rounded half up. Raises `CouponNotValid`.
        """
        begun = self.valid_from <= now and (self.valid_until is None or now < self.valid_until)
        meant = not self.plan_months or months in self.plan_months
        if not (self.active and begun and meant and self.currency in (None, currency)):
            raise CouponNotValid
        if self.amount_off is not None:
            return min(self.amount_off, price)
        return (price * (self.percent or 0) * 2 + WHOLE) // (2 * WHOLE)


class Redemption(Base):
    """One payment's use of a coupon by a tutor, kept for ever. `ended_at` is when it was spent or
    returned last.
    """

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        CheckConstraint("state IN ('held', 'spent', 'returned')", name="state"),
        Index(
            "ix_coupon_redemptions_counted",
            "coupon_id",
            "tutor_id",
            postgresql_where=text("state <> 'returned'"),
        ),
        Index("ix_coupon_redemptions_tutor_id", "tutor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupons.id"))
    tutor_id: Mapped[UUID]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    state: Mapped[str] = mapped_column(Text)
    held_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
