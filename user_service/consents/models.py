"""What people have agreed to, and how old they are."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class Consent(Base):
    """One statement about one purpose. Rows are never changed: the newest of a purpose counts, the
    others are its history. `source` says where it was made, such as `sign_up`.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_account_id", "account_id", "purpose", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Age(Base):
    """What a person said of their age, and from when on they could sign up by themselves. Before it
    they need a guardian's consent, a `Consent` of the purpose `guardian` that somebody else gives;
    nobody can give it yet, so sign-up refuses them.
    """

    __tablename__ = "ages"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    birth_date: Mapped[date]
    of_age_on: Mapped[date]
    stated_at: Mapped[datetime]
