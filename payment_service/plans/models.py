"""The price list."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Plan(Base):
    """A price for a number of months, sold from `valid_from` until before `valid_until`. A new
    price is a new row that ends the one before, so what was agreed stays readable. `active` is
    false for what was taken off the list. `amount` is in minor units of `currency` (ISO 4217).
    """

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("months > 0", name="months"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("valid_until >= valid_from", name="valid_until"),
        Index(
            "uq_plans_open",
            "months",
            "currency",
            unique=True,
            postgresql_where=text("active AND valid_until IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    months: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    valid_from: Mapped[datetime] = mapped_column(server_default=text("now()"))
    valid_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    def end(self, at: datetime, now: datetime) -> None:
        """Sells it until before `at`, which is `now` or later."""
        self.valid_until = at
        self.active = at > now

    def call_off(self) -> None:
        """Never sells what is not valid yet."""
        self.active = False
