"""The ledger's tables. Accounts, postings and lines are only ever added: the service's role has no
UPDATE or DELETE on them, and triggers of the first migration hold each posting to its law.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base

APPEND_ONLY = {"comment": "append-only"}


class LedgerAccount(Base):
    """An account; its id follows from the rest (`postings.Account`)."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("id", "currency"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("ix_ledger_accounts_kind", "kind", "currency", "id"),
        Index("ix_ledger_accounts_owner_id", "owner_id"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]


class LedgerPosting(Base):
    """What happened, once: kind and reference name it. `line_count` says how many lines it has, so
    that none can be added later.
    """

    __tablename__ = "ledger_postings"
    __table_args__ = (
        UniqueConstraint("kind", "reference"),
        CheckConstraint("line_count >= 2", name="line_count"),
        Index("ix_ledger_postings_posted_at", "posted_at", "kind"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    line_count: Mapped[int] = mapped_column(SmallInteger)
    posted_at: Mapped[datetime]


class LedgerLine(Base):
    """What a posting does to an account, in minor units; positive credits it."""

    __tablename__ = "ledger_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]
        ),
        CheckConstraint("amount <> 0", name="amount"),
        APPEND_ONLY,
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    posting_id: Mapped[UUID] = mapped_column(
        ForeignKey("ledger_postings.id"), primary_key=True, index=True
    )
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)


class LedgerBalance(Base):
    """The sum of an account's lines, kept as they come; over some rows, where many postings meet
    (`postings.SLOTS`). `bounded` ones never go below zero.
    """

    __tablename__ = "ledger_balances"
    __table_args__ = (CheckConstraint("amount >= 0 OR NOT bounded", name="overdrawn"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    bounded: Mapped[bool]
    amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
