"""Holds: money of a wallet that is set aside for something, until it is taken or let go."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.holds.errors import CaptureTooHigh, HoldClosed


class Hold(Base):
    """`amount`, `captured` and `released` are in minor units of the wallet's currency. It is closed
    once, by a capture of all or a part, whose rest is released, or by a release.
    """

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("amount > 0 AND captured >= 0 AND released >= 0", name="amount"),
        CheckConstraint(
            "captured + released = CASE WHEN closed_at IS NULL THEN 0 ELSE amount END",
            name="closed",
        ),
        Index("ix_holds_open", "expires_at", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"), index=True)
    reference: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    captured: Mapped[int] = mapped_column(BigInteger)
    released: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    def capture(self, amount: int, now: datetime) -> bool:
        """Takes so much and lets the rest go; false if exactly that was done before.

        Raises `HoldClosed`, or `CaptureTooHigh` also for less than 1.
        """
        if self.closed_at is not None and self.captured == amount:
            return False
        if self.closed_at is not None or self.expires_at <= now:
            raise HoldClosed
        if not 0 < amount <= self.amount:
            raise CaptureTooHigh
        self._close(amount, now)
        return True

    def release(self, now: datetime) -> bool:
        """Lets all of it go; false if that was done before. Raises `HoldClosed`."""
        if self.closed_at is not None and self.captured == 0:
            return False
        if self.closed_at is not None:
            raise HoldClosed
        self._close(0, now)
        return True

    def _close(self, captured: int, now: datetime) -> None:
        self.captured, self.released, self.closed_at = captured, self.amount - captured, now
