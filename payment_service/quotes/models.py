"""Quotes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Quote(Base):
    """What a tutor was promised for a class until `expires_at`. Rows never change. `price` is that
    of the plan, `amount` what is left of it after `discount`, in minor units of `currency` (ISO
    4217); `coupon` is the code.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        CheckConstraint(
            "amount >= 0 AND discount >= 0 AND amount + discount = price", name="amount"
        ),
        Index("ix_quotes_tutor_id", "tutor_id"),
        Index("ix_quotes_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupons.id"))
    coupon: Mapped[str | None] = mapped_column(Text)
    price: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
