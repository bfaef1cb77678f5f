"""The keys that sign access tokens."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from user_service.base import Base


class SigningKey(Base):
    """An RSA key: signs from `active_from` until the next key takes over; the private half is
    encrypted.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(Text, primary_key=True)
    sealed_private_pem: Mapped[str] = mapped_column(Text)
    active_from: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]
