"""The price list."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Plan(Base):
    """A price for a number of months. Rows never change but for `active`: a new price is a new row,
    so what was agreed stays readable. `amount` is in minor units of `currency` (ISO 4217).
    """

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("months > 0", name="months"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index(
            "uq_plans_active", "months", "currency", unique=True, postgresql_where=text("active")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    months: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    created_at: Mapped[datetime]
