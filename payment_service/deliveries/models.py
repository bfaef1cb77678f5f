"""Deliveries of webhooks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.deliveries.schemas import DeliveryState, Failure


class Delivery(Base):
    """One message on its way to one endpoint, in its place of the endpoint's line. `body` is what
    is sent, word for word; it is dropped a while after the end.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'skipped')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state <> 'waiting' OR body IS NOT NULL", name="body"),
        CheckConstraint("octet_length(body) <= 16384", name="size"),
        UniqueConstraint("endpoint_id", "webhook_id"),
        UniqueConstraint("endpoint_id", "sequence"),
        Index(
            "ix_webhook_deliveries_waiting",
            "endpoint_id",
            "sequence",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_bodies",
            "created_at",
            postgresql_where=text("body IS NOT NULL"),
        ),
        Index("ix_webhook_deliveries_ended_at", "ended_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE")
    )
    webhook_id: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    failure: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def note(self, status_code: int | None, failure: Failure | None) -> None:
        """Keeps how the last try went."""
        self.status_code, self.failure = status_code, failure.value if failure else None

    def end(self, state: DeliveryState, now: datetime) -> None:
        """It is not sent any more."""
        self.state, self.ended_at = state.value, now

    def wait_again(self, sequence: int) -> None:
        """It is sent once more, in another place of the line."""
        self.state, self.ended_at, self.sequence = DeliveryState.WAITING.value, None, sequence
