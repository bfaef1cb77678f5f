"""What clients send and get about wallets. Amounts are in minor units of `currency` (ISO 4217)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import LINE, Schema

HOME_CURRENCY = "INR"
"""That of the price list, for who names none."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=LINE)]


class WalletOut(Schema):
    """One's own wallet: what can be spent, and what is set aside. `account_number` is null until
    money has come in for the first time.
    """

    account_number: str | None
    currency: str
    balance: int
    held: int
    frozen: bool
    frozen_at: datetime | None


class StatementLine(Schema):
    """What happened: `kind` and `reference` name it, `balance` is what there was afterwards."""

    id: UUID
    at: datetime
    kind: str
    reference: str
    amount: int
    balance: int


class StatementOut(Schema):
    """All lines of some days in UTC, both days included, oldest first. `opening` and all lines of
    all pages together give `closing`.
    """

    account_number: str | None
    currency: str
    first_day: date
    last_day: date
    opening: int
    closing: int
    items: Sequence[StatementLine]
    next_cursor: str | None


class WalletAdminOut(Schema):
    """A wallet as admins see it. Nothing leaves it while an admin has frozen it, or while there are
    open `disputes` of what its owner has paid.
    """

    id: UUID
    owner_id: UUID
    currency: str
    account_number: str
    opened_at: datetime
    frozen_at: datetime | None
    frozen_by: UUID | None
    frozen_reason: str | None
    disputes: int


class Freeze(Schema):
    """Why nothing may leave a wallet."""

    reason: Reason


class WalletActOut(Schema):
    """What an admin did to a wallet."""

    id: UUID
    action: str
    actor_id: UUID
    reason: str | None
    at: datetime
