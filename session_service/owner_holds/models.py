"""What keeps accounts from running their classes, as far as events have told."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class OwnerHold(Base):
    """Whether an account is kept from its classes for a cause (`PauseCause`). `revision` is that
    of the account's event, so that an old one that is replayed changes nothing.
    """

    __tablename__ = "owner_holds"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(Text, primary_key=True)
    holds: Mapped[bool]
    revision: Mapped[int]
