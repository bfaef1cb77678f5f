"""Folders of a class's material."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.folders.tree import Place


class Folder(Base):
    """A folder; without `parent_id` it lies in the class itself. `position` counts from 0."""

    __tablename__ = "folders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("folders.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.parent_id, self.position)

    def put(self, place: Place) -> None:
        """Lets it lie there."""
        self.parent_id, self.position = place.parent_id, place.position
