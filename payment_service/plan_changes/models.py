"""Changes of plan: one row per wish, kept for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.plan_changes.schemas import PlanChangeOut
from payment_service.plan_changes.states import PlanChangeState, When
from payment_service.subscriptions.states import Terms

SHOWN = PlanChangeOut.model_fields.keys() - {"at", "state", "due", "payment_id", "checkout_url"}
"""What is shown of a change as it stands in its row."""


class PlanChange(Base):
    """A wish to change a subscription's plan to one of `months`. `credit` for the unused time of
    the old plan and `charge` for the new one are in minor units of `currency` (ISO 4217), as of
    `priced_at`, from when the new plan runs; `kept_before` are the seconds that the class's pauses
    had kept by then. `period` is the number of the period that it begins, `ends_at` when that one
    was to end. A scheduled one costs nothing itself.
    """

    __tablename__ = "plan_changes"
    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'scheduled', 'applied', 'lapsed', 'called_off')", name="state"
        ),
        CheckConstraint("begins IN ('now', 'period_end')", name="begins"),
        CheckConstraint("credit >= 0 AND charge >= 0", name="sums"),
        CheckConstraint("state <> 'scheduled' OR begins = 'period_end'", name="scheduled"),
        Index(
            "uq_plan_changes_scheduled",
            "subscription_id",
            unique=True,
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index("ix_plan_changes_subscription_id", "subscription_id", "id"),
        Index("ix_plan_changes_tutor_id", "tutor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    from_plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    months: Mapped[int]
    worth: Mapped[int] = mapped_column(BigInteger)
    begins: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    period: Mapped[int]
    credit: Mapped[int] = mapped_column(BigInteger)
    charge: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    kept_before: Mapped[int]
    priced_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def due(self) -> int:
        """What is to be paid; below zero, what is given back."""
        return self.charge - self.credit

    def terms(self) -> Terms:
        """What a subscription needs to know of it."""
        return Terms(
            self.plan_id, self.months, self.period, self.worth, self.currency, self.priced_at,
            self.kept_before,
        )  # fmt: skip

    def end(self, state: PlanChangeState, now: datetime) -> None:
        """Comes to its end. One that has lapsed still counts if its money comes."""
        self.state, self.ended_at = state.value, now

    def shown(
        self, payment_id: UUID | None = None, checkout_url: str | None = None
    ) -> PlanChangeOut:
        """The answer for it, and for where it is paid."""
        return PlanChangeOut(
            **{name: getattr(self, name) for name in SHOWN},
            at=When(self.begins),
            state=PlanChangeState(self.state),
            due=self.due,
            payment_id=payment_id,
            checkout_url=checkout_url,
        )
