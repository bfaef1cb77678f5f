"""Accounts."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base
from user_service.codes.models import email_key


def username_key(username: str) -> str:
    """The form in which user names are compared."""
    return unicodedata.normalize("NFC", username.strip()).lower()


IS_LEGACY = text("starts_with(password_hash, 'pbkdf2_sha256$')")
"""Whether a password's hash is one of Django's; a literal, so that the index can be used."""

MARKS = r"[\u0300-\u036f]"
"""The combining marks that make é of e, as both Python and PostgreSQL read it."""


def folded(words: str) -> str:
    """The form in which accounts are searched: without case, accents and widths of letters."""
    bare = re.sub(MARKS, "", unicodedata.normalize("NFKD", words))
    return "".join(letter.lower() for letter in bare)


_WORDS = (
    "username || chr(10) || email || chr(10) || first_name || ' '::text || last_name "
    "|| chr(10) || user_code"
)
SEARCHED = (
    f"lower(regexp_replace(normalize({_WORDS}, NFKD), '{MARKS}'::text, ''::text, 'g'::text) "
    "COLLATE pg_c_utf8)"
)
"""`folded` in the database's words: the two must agree."""

UNDO_ONLY = frozenset({"erasure:undo"})
"""Scopes that no service asks for: such a token serves to look at an erasure, to undo it, and to
fetch an export."""


class Account(Base):
    """A person's credentials. `email` is shown, `email_key` is compared.

    A blocked account has `blocked_at` and the admin's reason; `blocked_until` ends it by itself.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("email_key"),
        UniqueConstraint("username_key"),
        UniqueConstraint("user_code"),
        Index("ix_accounts_legacy", "id", postgresql_where=IS_LEGACY),
        Index(
            "ix_accounts_searched",
            "searched",
            postgresql_using="gin",
            postgresql_ops={"searched": "gin_trgm_ops"},
        ),
        # Read twice a second by what publishes revocations.
        Index("ix_accounts_blocked", "id", postgresql_where=text("blocked_at IS NOT NULL")),
        Index(
            "ix_accounts_blocked_until",
            "blocked_until",
            postgresql_where=text("blocked_until IS NOT NULL"),
        ),
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
    blocked_until: Mapped[datetime | None]
    block_reason: Mapped[str | None] = mapped_column(Text)
    erasure_due_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    revision: Mapped[int]
    searched: Mapped[str] = mapped_column(Text, Computed(SEARCHED, persisted=True), deferred=True)

    def has_email(self, email: str) -> bool:
        """Whether this is the account's address, in any spelling."""
        return self.email_key == email_key(email)

    @property
    def scopes(self) -> frozenset[str] | None:
        """What its tokens are narrowed to: nothing but undoing, while it waits to be erased."""
        return None if self.erasure_due_at is None else UNDO_ONLY

    @property
    def name(self) -> str:
        """First and last name, as others see it."""
        return f"{self.first_name} {self.last_name}".strip()
