"""Wallets: whose money a ledger's account counts, and whether it may go out."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.ids import new_id
from payment_service.base import Base
from payment_service.ledger.models import APPEND_ONLY
from payment_service.ledger.postings import Account, AccountKind

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # pragma: allowlist secret
"""Crockford's base 32 (https://www.crockford.com/base32.html): nothing that reads as another."""
DIGITS = 12


def new_number() -> str:
    """An account number: 60 bits of chance, so that it tells nothing of its owner."""
    return "SZW-" + "".join(secrets.choice(ALPHABET) for _ in range(DIGITS))


class Wallet(Base):
    """A person's wallet in one currency (ISO 4217). Its balance is the ledger's. `disputes` counts
    open ones of what its owner has paid.

    Whoever takes money out holds this row's lock, as whoever freezes it does: a debit is either
    whole before that, or refused.
    """

    __tablename__ = "wallets"
    __table_args__ = (
        UniqueConstraint("owner_id", "currency"),
        UniqueConstraint("account_number"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("disputes >= 0", name="disputes"),
        CheckConstraint("num_nulls(frozen_at, frozen_by, frozen_reason) IN (0, 3)", name="frozen"),
        Index("ix_wallets_frozen", "id", postgresql_where=text("frozen_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(Text)
    account_number: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[UUID | None]
    frozen_reason: Mapped[str | None] = mapped_column(Text)
    disputes: Mapped[int] = mapped_column(server_default="0")
    revision: Mapped[int]

    @property
    def frozen(self) -> bool:
        """Whether nothing may leave it: an admin has said so, or it is argued about money."""
        return self.frozen_at is not None or self.disputes > 0

    def count_dispute(self, change: int) -> None:
        """Counts one more (1) or less (-1) of its owner's open disputes."""
        self.disputes += change
        self.revision += 1

    @property
    def free(self) -> Account:
        """The ledger's account of what can be spent."""
        return Account(AccountKind.WALLET, self.currency, self.owner_id)

    @property
    def held(self) -> Account:
        """The ledger's account of what is set aside."""
        return Account(AccountKind.HOLD, self.currency, self.owner_id)

    def freeze(self, admin_id: UUID, reason: str, now: datetime) -> "WalletAct":
        """Lets nothing out any more; the act, to be kept."""
        self.frozen_at, self.frozen_by, self.frozen_reason = now, admin_id, reason
        return self._act("frozen", admin_id, reason, now)

    def thaw(self, admin_id: UUID, now: datetime) -> "WalletAct":
        """Ends a freeze; the act, to be kept."""
        self.frozen_at = self.frozen_by = self.frozen_reason = None
        return self._act("thawed", admin_id, None, now)

    def _act(self, action: str, actor_id: UUID, reason: str | None, now: datetime) -> "WalletAct":
        self.revision += 1
        return WalletAct(
            id=new_id(), wallet_id=self.id, action=action, actor_id=actor_id, reason=reason, at=now
        )


class WalletAct(Base):
    """What an admin did to a wallet, and why. The service's role can neither change nor delete
    one.
    """

    __tablename__ = "wallet_acts"
    __table_args__ = (
        CheckConstraint("action IN ('frozen', 'thawed')", name="action"),
        CheckConstraint("action <> 'frozen' OR reason IS NOT NULL", name="reason"),
        Index("ix_wallet_acts_wallet_id", "wallet_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    action: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID]
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
