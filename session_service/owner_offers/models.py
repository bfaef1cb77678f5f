"""Offers to own a class: one at a time is open for each class."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.owner_offers.errors import OwnerOfferClosed
from session_service.owner_offers.schemas import OfferState


class OwnerOffer(Base):
    """One offer. It changes under the lock of its class only."""

    __tablename__ = "owner_offers"
    __table_args__ = (
        Index(
            "uq_owner_offers_open",
            "study_session_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    offered_by: Mapped[UUID]
    by_admin: Mapped[bool]
    to_id: Mapped[UUID] = mapped_column(index=True)
    to_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    revision: Mapped[int]

    def close(self, state: OfferState, now: datetime) -> None:
        """Answers it, or takes it back. Raises `OwnerOfferClosed`."""
        if self.state != OfferState.OPEN:
            raise OwnerOfferClosed
        self.state, self.answered_at = state.value, now
        self.revision += 1
