"""Accounts."""

import unicodedata
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


def username_key(username: str) -> str:
    """The form in which user names are compared."""
    return unicodedata.normalize("NFC", username.strip()).lower()


class Account(Base):
    """A person's credentials. `email` is shown, `email_key` is compared."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("email_key"),
        UniqueConstraint("username_key"),
        UniqueConstraint("user_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_code: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    username_key: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    @property
    def name(self) -> str:
        """First and last name, as others see it."""
        return f"{self.first_name} {self.last_name}".strip()
