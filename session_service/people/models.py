"""People as this service needs to show them: a copy of what user_service says."""

from uuid import UUID

from sqlalchemy import ColumnElement, Text, exists
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from libs.data_map import FORMER
from session_service.base import Base

UNKNOWN = "UTC"
"""The zone of somebody of whom no event has told it yet."""


class Person(Base):
    """A name behind an account, the IANA zone in which its owner lives, and its role on the
    platform, empty until an event tells it; `revision` is the account's, so that old news is
    ignored.
    """

    __tablename__ = "people"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_code: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text, server_default=UNKNOWN)
    role: Mapped[str] = mapped_column(Text, server_default="")
    revision: Mapped[int]


def is_erased(account_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """That an account is erased: what its person wrote is gone, and nothing more will come."""
    return exists().where(Person.account_id == account_id, Person.name == FORMER, Person.role == "")
