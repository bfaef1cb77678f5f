"""Personal access tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class PersonalToken(Base):
    """A person's leave for a program to act for them; the secret is kept as an HMAC. The access
    tokens that are made from it carry its id where others carry a login's.
    """

    __tablename__ = "personal_tokens"
    __table_args__ = (UniqueConstraint("secret_hmac"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_hmac: Mapped[str] = mapped_column(Text)
    last_four: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
