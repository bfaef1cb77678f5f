"""Changes of address, from the wish to the confirmation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class EmailChange(Base):
    """Somebody wants another address. Two codes must be right: one mailed to the old address, one
    to the new; their rows are forgotten before this one.
    """

    __tablename__ = "email_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(Text)
    old_code_id: Mapped[UUID]
    new_code_id: Mapped[UUID]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
