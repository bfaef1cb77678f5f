"""Invitations: links by which a tutor asks people into a class."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.invitations.errors import (
    InvitationExpired,
    InvitationNotFound,
    InvitationUsedUp,
)

LIVES = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of invitations for the web client at `origin`.

    A token is an HMAC over the invitation's id: nothing stored leads to it, and yet its tutor can
    see the link again. What is stored is an HMAC of the token, by which it is found.
    """

    secret: str
    origin: str

    def token(self, invitation_id: UUID) -> str:
        """An invitation's token: 192 bits that cannot be guessed."""
        return base64.urlsafe_b64encode(self._hmac("token", invitation_id.hex)[:24]).decode()

    def hidden(self, token: str) -> str:
        """How a token is stored."""
        return self._hmac("stored", token).hex()

    def link(self, invitation_id: UUID) -> str:
        """What is handed on. The token stands behind the #, so no server's log has it."""
        return f"{self.origin}/invitations#{self.token(invitation_id)}"

    def _hmac(self, purpose: str, value: str) -> bytes:
        text = f"invitation\n{purpose}\n{value}"
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()


def check(
    now: datetime,
    *,
    expires_at: datetime,
    use_limit: int | None,
    uses: int,
    revoked_at: datetime | None,
) -> None:
    """Raises `InvitationNotFound` for one that was taken back, `InvitationExpired` or
    `InvitationUsedUp`.
    """
    if revoked_at is not None:
        raise InvitationNotFound
    if now >= expires_at:
        raise InvitationExpired
    if use_limit is not None and uses >= use_limit:
        raise InvitationUsedUp


class Invitation(Base):
    """One link into one class; `uses` are requests that came by it."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    token_hmac: Mapped[str] = mapped_column(Text, unique=True)
    pre_approved: Mapped[bool]
    expires_at: Mapped[datetime]
    use_limit: Mapped[int | None]
    uses: Mapped[int]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    def use(self, now: datetime) -> None:
        """Counts a request that came by it. Raises what `check` raises."""
        check(
            now,
            expires_at=self.expires_at,
            use_limit=self.use_limit,
            uses=self.uses,
            revoked_at=self.revoked_at,
        )
        self.uses += 1
