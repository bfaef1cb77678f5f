"""The audit trail: who did what to whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base

APPEND_ONLY = {"comment": "append-only"}
"""What provisioning reads: the services' role may not change or delete such a table's rows."""


class AuditEntry(Base):
    """One act. `actor_id` is nobody's for what the platform does by itself; ids stay when accounts
    are erased. `details` holds ids, codes and states, and as its one free text the reason that an
    admin gave, which stays as evidence, too. `code` is an HMAC over all that (`chain.code_of`).
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_of_actor", "actor_id", "id"),
        Index("ix_audit_entries_of_subject", "subject_id", "id"),
        Index("ix_audit_entries_of_action", "action", "id"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    code: Mapped[str] = mapped_column(Text, server_default="")


class AuditSeal(Base):
    """A link of the chain: the `seq`th entry to be sealed, and the hash of the seal before."""

    __tablename__ = "audit_seals"
    __table_args__ = (APPEND_ONLY,)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime]


class UnsealedEntry(Base):
    """An entry that waits for its seal."""

    __tablename__ = "audit_unsealed"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
