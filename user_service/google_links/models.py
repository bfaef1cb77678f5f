"""Which Google account is whose."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class GoogleIdentity(Base):
    """A Google account that signs an account in. `subject` is Google's own id of it (`sub`), which
    never changes, as its address may.
    """

    __tablename__ = "google_identities"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), unique=True
    )
    linked_at: Mapped[datetime]
