"""Erasures: wishes to be forgotten, what came of them, and what stands against them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class Erasure(Base):
    """A person's wish. It is carried out at `due_at` unless it is undone or held; `sent_at` is when
    the services were told last, `finished_at` when all of them had confirmed.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index(
            "uq_erasures_live",
            "account_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(
            "ix_erasures_open",
            "due_at",
            postgresql_where=text("undone_at IS NULL AND finished_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ErasureReport(Base):
    """What a service says that it met, by the names of its data map."""

    __tablename__ = "erasure_reports"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.id"), primary_key=True)
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    confirmed_at: Mapped[datetime]


class Hold(Base):
    """An account that must not be erased now, by an admin's word."""

    __tablename__ = "holds"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID]
    set_at: Mapped[datetime]
