"""The audit trail: who did what to whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class AuditEntry(Base):
    """One act. `actor_id` is nobody's for what the platform does by itself; ids stay when accounts
    are erased, and `details` holds no name, address or other personal text.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_of_actor", "actor_id", "id"),
        Index("ix_audit_entries_of_subject", "subject_id", "id"),
        Index("ix_audit_entries_of_action", "action", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
