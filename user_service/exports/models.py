"""Exports: a person's data out of all services, as one file."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base
from user_service.exports.schemas import ExportState


class Export(Base):
    """A wish for one's data. `folder` is the random name of its objects, which are deleted at
    `expires_at`; that is null once none is left. `asked_at` is when the services were asked last,
    and `asked` how often. `failed` names services without which it failed.
    """

    __tablename__ = "exports"
    __table_args__ = (
        Index(
            "uq_exports_running",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'collecting'"),
        ),
        Index("ix_exports_account_id", "account_id", "requested_at"),
        Index("ix_exports_state", "state", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    folder: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    asked: Mapped[int]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    failed: Mapped[list[str]] = mapped_column(ARRAY(Text))

    @property
    def collecting(self) -> bool:
        """Whether parts are still taken."""
        return self.state == ExportState.COLLECTING


class ExportPart(Base):
    """A service's part, as it said that it is; `size` in bytes."""

    __tablename__ = "export_parts"

    export_id: Mapped[UUID] = mapped_column(
        ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
