"""Logins: one signed-in device each."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base

SUCCESSOR_WINDOW = timedelta(seconds=30)


class Login(Base):
    """A device's sign-in. `generation` counts its refresh tokens; only the newest one is good.

    `device_id` is what the client calls the device, or we do; without it the device is forgotten.
    `network` is a coarse one, as `libs.networks.shown` has it.
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

    @property
    def last_used_at(self) -> datetime:
        """When it began or got tokens last."""
        return self.rotated_at

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
