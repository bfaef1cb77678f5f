"""Invites, and the files that they come from."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base

LIVES = timedelta(days=14)


class Invite(Base):
    """One person's invitation of an address to StudyZed. The token is drawn by the job that mails
    it, and kept as an HMAC.
    """

    __tablename__ = "invites"
    __table_args__ = (UniqueConstraint("inviter_id", "email_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    token_hmac: Mapped[str | None] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class InviteImport(Base):
    """A CSV file on its way to invites. `csv` is kept only until all its rows are done; one import
    per person runs at a time.
    """

    __tablename__ = "invite_imports"
    __table_args__ = (
        Index(
            "ix_invite_imports_running",
            "inviter_id",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    csv: Mapped[str | None] = mapped_column(Text)
    total: Mapped[int]
    done: Mapped[int]
    created: Mapped[int]
    repeated: Mapped[int]
    refused: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """`running` or `finished`."""
        return "running" if self.finished_at is None else "finished"

    def finish(self, now: datetime) -> None:
        """Ends it, and forgets the file."""
        self.csv, self.finished_at = None, now


class InviteRow(Base):
    """What became of one row of a file."""

    __tablename__ = "invite_rows"

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey("invite_imports.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
