"""What is paid for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class Subscription(Base):
    """A class's subscription, paid for one period of `months` calendar months from `paid_at`."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("study_session_id"), UniqueConstraint("payment_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    months: Mapped[int]
    paid_at: Mapped[datetime]
