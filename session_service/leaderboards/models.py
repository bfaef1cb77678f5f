"""Who does not wish to be on a class's leaderboard."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class LeaderboardOptOut(Base):
    """A student who is hidden from a class's leaderboard, from everybody."""

    __tablename__ = "leaderboard_opt_outs"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
    student_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    opted_out_at: Mapped[datetime]
