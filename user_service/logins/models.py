"""Logins: one signed-in device each."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from libs.auth import Role
from user_service.base import Base

SUCCESSOR_WINDOW = timedelta(seconds=30)
PROOF_LASTS = timedelta(minutes=5)
"""How long after a sign-in or a step-up credentials may be changed."""
ENROLL = "user:enroll"
"""The scope of an admin's token before a second factor was shown: no service reads or writes by it,
and only the routes of factors, and signing out, take it.
"""
ENROLL_ONLY = frozenset({ENROLL})


class Login(Base):
    """A device's sign-in. `generation` counts its refresh tokens; only the newest one is good.

    `device_id` is what the client calls the device, or we do; without it the device is forgotten.
    `network` is a coarse one, as `libs.networks.shown` has it. `factor` is the second factor that
    was shown in it, and `proved_at` when its owner last showed who they are after the sign-in.
    """

    __tablename__ = "logins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    device: Mapped[str] = mapped_column(Text)
    device_id: Mapped[UUID | None]
    network: Mapped[str] = mapped_column(Text, server_default="unknown")
    generation: Mapped[int]
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    factor: Mapped[str | None] = mapped_column(Text)
    proved_at: Mapped[datetime | None]

    @property
    def last_used_at(self) -> datetime:
        """When it began or got tokens last."""
        return self.rotated_at

    def is_fresh(self, now: datetime) -> bool:
        """Whether its owner showed just now who they are."""
        return now - (self.proved_at or self.created_at) < PROOF_LASTS

    def scopes(self, role: str, *, admins_need_factor: bool) -> frozenset[str] | None:
        """What its tokens may do: everything, or for an admin who has shown no second factor only
        add one.
        """
        narrowed = admins_need_factor and role == Role.ADMIN and self.factor is None
        return ENROLL_ONLY if narrowed else None

    def rotate(self, generation: int, now: datetime) -> bool:
        """Moves to the next refresh token when the newest one is presented (U-A3).

        The one before it is answered with the same successor for 30 seconds, since the reply may
        have been lost. Anything else is reuse: returns false, and the login must end.
        """
        if generation == self.generation:
            self.generation += 1
            self.rotated_at = now
            return True
        late = now - self.rotated_at > SUCCESSOR_WINDOW
        return generation == self.generation - 1 and not late
