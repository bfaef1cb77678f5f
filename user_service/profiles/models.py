"""What an account's owner says of themselves, beyond the account."""

from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class Profile(Base):
    """Made by the first change; without a row all is as `empty` says. Its version is the account's
    `revision`.

    `week_start` is null where the usual one counts. `picture` is the folder of the picture's sizes
    in the public bucket, `picture_alt` what it shows.
    """

    __tablename__ = "profiles"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    week_start: Mapped[str | None] = mapped_column(Text)
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text))
    needs_note: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    bio: Mapped[str] = mapped_column(Text)
    picture: Mapped[str | None] = mapped_column(Text)
    picture_alt: Mapped[str] = mapped_column(Text)


def empty(account_id: UUID) -> Profile:
    """The profile of somebody who has said nothing yet."""
    return Profile(
        account_id=account_id, needs=[], needs_note="", phone="", bio="", picture_alt=""
    )  # fmt: skip
