"""Reconciliations and what they found, kept with the books."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Reconciliation(Base):
    """A comparison of what was paid and given back from `since` on and before `until`. `night` is
    the day (UTC) whose nightly one it is, which each day has once.
    """

    __tablename__ = "reconciliations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    night: Mapped[date | None] = mapped_column(unique=True)
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(server_default="0")
    differences: Mapped[int] = mapped_column(server_default="0")


class ReconciliationDifference(Base):
    """One difference (`states.Difference`)."""

    __tablename__ = "reconciliation_differences"
    __table_args__ = (Index("ix_reconciliation_differences_of", "reconciliation_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.id"))
    kind: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    provider_id: Mapped[str | None] = mapped_column(Text)
    ours: Mapped[int | None] = mapped_column(BigInteger)
    theirs: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(Text)
