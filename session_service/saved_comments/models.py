"""Comments that a tutor writes again and again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base

MOST = 500
"""So many comments one tutor keeps."""


class SavedComment(Base):
    """One comment in a tutor's own bank."""

    __tablename__ = "saved_comments"
    __table_args__ = (Index("ix_saved_comments_owner_id", "owner_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
