"""From what the codes to check in are drawn."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base

OPENS_BEFORE = timedelta(minutes=15)
"""So long before a lesson one may check in."""


class CheckInSecret(Base):
    """From what a lesson's codes are drawn."""

    __tablename__ = "check_in_secrets"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
