"""Endpoints of webhooks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.endpoints.schemas import OffReason


class Endpoint(Base):
    """An address of a person's that webhooks about the person's own money are sent to, signed with
    `secret` (sealed; and with `former_secret` until `former_secret_until`).

    `last_sequence` is the place of the last delivery that was lined up; the row's lock is what
    keeps these without gaps and in the order of commits. `due_at` is when the first one that waits
    is tried (next); null: none waits. `revision` counts what its owner sees.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("disabled_reason IN ('owner', 'gone', 'failing')", name="disabled_reason"),
        CheckConstraint(
            "enabled = (disabled_at IS NULL) AND enabled = (disabled_reason IS NULL)",
            name="enabled",
        ),
        CheckConstraint(
            "(former_secret IS NULL) = (former_secret_until IS NULL)", name="former_secret"
        ),
        CheckConstraint(
            "failures >= 0 AND (failures = 0) = (failing_since IS NULL)", name="failures"
        ),
        Index("ix_webhook_endpoints_owner_id", "owner_id", "id"),
        Index("ix_webhook_endpoints_due", "due_at", postgresql_where=text("enabled")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_secret_until: Mapped[datetime | None]
    enabled: Mapped[bool]
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    disabled_at: Mapped[datetime | None]
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    def line_up(self, now: datetime) -> int:
        """The place of one more delivery; the row must be locked."""
        self.last_sequence += 1
        self.due_at = self.due_at or now
        return self.last_sequence

    def switch_on(self, now: datetime) -> None:
        """Begins again, at once and with all tries before it."""
        self.enabled, self.disabled_reason, self.disabled_at = True, None, None
        self.heal(now)

    def switch_off(self, reason: OffReason, now: datetime) -> None:
        """Sends nothing more; what waits goes on waiting."""
        self.enabled, self.disabled_reason, self.disabled_at = False, reason.value, now

    def heal(self, due_at: datetime | None) -> None:
        """Forgets failures; the next delivery is due at an instant."""
        self.failures, self.failing_since, self.due_at = 0, None, due_at

    def fail(self, now: datetime, due_at: datetime | None) -> None:
        """Counts a failure; the next try is due at an instant."""
        self.failures += 1
        self.failing_since = self.failing_since or now
        self.due_at = due_at
