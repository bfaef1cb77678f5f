"""Join codes: what a student types to ask for a place in a class."""

import secrets
import string
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.join_codes.errors import JoinCodeExpired, JoinCodeUsedUp

LETTERS = "".join(sorted({*string.ascii_uppercase, *string.digits} - set("0O1IL")))
"""What rotated codes are made of: neither 0 and O nor 1, I and L, which look alike (S-A1)."""
LENGTH = 8


def draw() -> str:
    """A fresh code, without its dash: 31 to the power of 8, or 8.5e11, are possible."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def normalise(code: str) -> str:
    """A code as people type it, in any case and with dashes and spaces anywhere, as it is
    stored.
    """
    return "".join(code.upper().replace("-", "").split())


def shown(code: str) -> str:
    """A rotated code as people read it: `ABCD-EFGH`."""
    return f"{code[:4]}-{code[4:]}"


class JoinCode(Base):
    """What a class's join code is, once its tutor has said something about it. `code` is null while
    it equals the class's public code. `uses` are requests that came by this code.
    """

    __tablename__ = "join_codes"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
    code: Mapped[str | None] = mapped_column(Text, unique=True)
    expires_at: Mapped[datetime | None]
    use_limit: Mapped[int | None]
    uses: Mapped[int]
    rotated_at: Mapped[datetime | None]

    def use(self, now: datetime) -> None:
        """Counts a request that came by it. Raises `JoinCodeExpired` or `JoinCodeUsedUp`."""
        if self.expires_at is not None and now >= self.expires_at:
            raise JoinCodeExpired
        if self.use_limit is not None and self.uses >= self.use_limit:
            raise JoinCodeUsedUp
        self.uses += 1
