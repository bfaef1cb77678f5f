"""Webhooks as they came."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Webhook(Base):
    """One signed event of a vendor with what became of it. The body is word for word until
    `redacted_at`; then it holds ids and sums.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index(
            "ix_webhooks_unredacted", "received_at", postgresql_where=text("redacted_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"), index=True)
    received_at: Mapped[datetime]
    redacted_at: Mapped[datetime | None]

    def strip(self, at: datetime) -> None:
        """Keeps nothing of the body but the event's id and type."""
        self.body = json.dumps({"id": self.event_id, "type": self.type})
        self.redacted_at = at
