"""Codes sent by mail, and the grants that a right code gives."""

import unicodedata
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


def email_key(email: str) -> str:
    """The form in which addresses are compared: trimmed, NFC, lower case throughout (U-A2)."""
    return unicodedata.normalize("NFC", email.strip()).lower()


class MailedCode(Base):
    """A request for a code, good for one purpose. The code itself is drawn by the job that mails
    it, and kept as an HMAC; the same job finds the account that the code is for, if there is one.
    """

    __tablename__ = "mailed_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, index=True)
    purpose: Mapped[str] = mapped_column(Text, server_default="sign_up")
    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    locale: Mapped[str] = mapped_column(Text, server_default="en")
    code_hmac: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Grant(Base):
    """Leave to do one thing once for one address, and for one account where there is one; the token
    is kept as an HMAC.
    """

    __tablename__ = "grants"

    token_hmac: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text, server_default="sign_up")
    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
