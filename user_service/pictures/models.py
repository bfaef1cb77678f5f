"""Pictures: asked for, uploaded, looked at, shown, and gone."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base
from user_service.pictures.errors import PictureNotAwaited

GOOD_FOR = timedelta(minutes=10)
"""How long an upload may begin."""
LINGERS = timedelta(hours=1)
"""After this time no upload can still be on its way, and none is awaited."""
GIVES_UP = timedelta(hours=2)
"""After this time no job comes back to a picture (`libs.jobs.RETRY_SECONDS` and then some)."""


class State(StrEnum):
    """`gone` is shown to nobody: its objects are to be taken away, and then the row."""

    ASKED = "asked"
    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"
    GONE = "gone"


class Picture(Base):
    """One upload. `folder` is where its squares lie in the public bucket, drawn before any does, so
    that none is ever forgotten; nobody can guess it.

    A row must outlive its objects. Who wants it away makes it `gone` (and `swept_at` null).
    """

    __tablename__ = "pictures"
    __table_args__ = (
        Index("ix_pictures_account_id", "account_id", "id"),
        Index("ix_pictures_unswept", "asked_at", postgresql_where=text("swept_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[str] = mapped_column(Text)
    alt: Mapped[str] = mapped_column(Text)
    folder: Mapped[str] = mapped_column(Text)
    refusal: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]

    @property
    def upload(self) -> str:
        """The key of what was uploaded, in the private bucket."""
        return f"uploads/pictures/{self.id}"

    def complete(self, now: datetime) -> bool:
        """Notes that the upload is there; false if that is known already. Raises
        `PictureNotAwaited` when the time for it is over.
        """
        if self.state in (State.PENDING, State.READY, State.REFUSED):
            return False
        if self.is_over(now):
            raise PictureNotAwaited
        self.state, self.completed_at = State.PENDING, now
        return True

    def refuse(self, code: str) -> None:
        """Shows it to nobody; `code` says why. Only once: a job may come twice."""
        if self.state == State.PENDING:
            self.state, self.refusal = State.REFUSED, code

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be uploaded any more."""
        return now >= self.asked_at + LINGERS

    def age(self, now: datetime) -> None:
        """What time does to a picture that nobody cares for."""
        if self.state == State.ASKED and self.is_over(now):
            self.state = State.GONE
        if self.completed_at is not None and now >= self.completed_at + GIVES_UP:
            self.refuse("gave_up")


def draw_folder() -> str:
    """A folder in the public bucket that nobody can guess."""
    return f"pictures/{secrets.token_hex(20)}"
