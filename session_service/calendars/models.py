"""Calendar feeds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class Feed(Base):
    """One person's feed, found by its secret's SHA-256: 256 bits by chance need no more."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("digest"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
