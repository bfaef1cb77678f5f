"""Codes sent by mail, and the grants that a right code gives."""

import unicodedata
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


def email_key(email: str) -> str:
    """The form in which addresses are compared: trimmed, NFC, lower case throughout (U-A2)."""
    return unicodedata.normalize("NFC", email.strip()).lower()


class MailedCode(Base):
    """A request for a code. The code itself is drawn by the job that mails it, and kept as an
    HMAC.
    """

    __tablename__ = "mailed_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, index=True)
    code_hmac: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Grant(Base):
    """Leave to do one thing once for one address; the token is kept as an HMAC."""

    __tablename__ = "grants"

    token_hmac: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
