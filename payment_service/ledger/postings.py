"""Double entry as plain values: accounts, lines, and postings that sum to zero.

Amounts are integers in minor units of an ISO 4217 currency. A positive one credits an account: it
raises what the platform owes or has earned. What the platform holds, as at the provider, is
therefore negative (https://docs.tigerbeetle.com/coding/data-modeling/ has the same two sides).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

NAMESPACE = UUID("0d1a3b52-6a0e-5b86-9c11-2f2d4a6a7c10")
"""Of the ids of accounts, which follow from what an account is, so that nobody must look them
up.
"""
SLOTS = 16
"""Over so many rows the balance of an account without a floor is spread, or all sales would wait
for one row.
"""
MAX_LINES = 100


class AccountKind(StrEnum):
    """`provider_clearing`: what Stripe holds for us. `wallet`, `hold`: a person's money, free and
    set aside. `refunds`, `disputes`: money on its way back, and money that is argued about.
    `revenue` is net of taxes, which are `tax_payable`. `tutor_payable`: what students have paid for
    a tutor.
    """

    PROVIDER_CLEARING = "provider_clearing"
    WALLET = "wallet"
    HOLD = "hold"
    REVENUE = "revenue"
    TAX_PAYABLE = "tax_payable"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    TUTOR_PAYABLE = "tutor_payable"


OWNED = frozenset({AccountKind.WALLET, AccountKind.HOLD, AccountKind.TUTOR_PAYABLE})
"""Accounts of a person each; of the others there is one per currency."""
BOUNDED = frozenset({AccountKind.WALLET, AccountKind.HOLD})
"""Accounts that never go below zero."""


class PostingKind(StrEnum):
    """What happened; with its reference it names a posting for good."""

    SALE = "sale"
    REFUND_OWED = "refund_owed"
    REFUND_PAID = "refund_paid"
    REFUND_RETURNED = "refund_returned"
    REFUND_CANCELED = "refund_canceled"
    TOP_UP = "top_up"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class PostingRefused(ValueError):
    """A posting breaks the law of double entry: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `owner_id` for the kinds in `OWNED`, and only for them."""

    kind: AccountKind
    currency: str
    owner_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.owner_id is not None) != (self.kind in OWNED):
            raise PostingRefused(f"{self.kind}: owner")

    @property
    def id(self) -> UUID:
        """Follows from the account."""
        return uuid5(NAMESPACE, f"{self.kind}:{self.currency}:{self.owner_id or ''}")

    @property
    def bounded(self) -> bool:
        """Whether it never goes below zero."""
        return self.kind in BOUNDED

    def slot(self, number: int) -> int:
        """The row of its balance that is moved by a transaction with a number."""
        return 0 if self.bounded else number % SLOTS


@dataclass(frozen=True, slots=True)
class Posting:
    """Amounts by account. Raises `PostingRefused` unless at least two accounts move, none by zero,
    and each currency sums to zero.
    """

    kind: PostingKind
    reference: str
    lines: Mapping[Account, int] = field(hash=False)

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for account, amount in self.lines.items():
            sums[account.currency] += amount
        if any(sums.values()) or not 2 <= len(self.lines) <= MAX_LINES:
            raise PostingRefused(f"{self.kind} {self.reference}: {dict(sums)}")
        if not all(self.lines.values()):
            raise PostingRefused(f"{self.kind} {self.reference}: a line of nothing")
        object.__setattr__(self, "lines", MappingProxyType(dict(self.lines)))


def taxed(kind: PostingKind, reference: object, other: Account, amount: int, tax: int) -> Posting:
    """The posting by which `amount` comes from another account to the platform: `tax` of it is
    owed to the tax authority, the rest is revenue. A negative amount with its tax goes back.
    """
    lines = {
        other: -amount,
        Account(AccountKind.REVENUE, other.currency): amount - tax,
        Account(AccountKind.TAX_PAYABLE, other.currency): tax,
    }
    return Posting(kind, str(reference), {one: sum_ for one, sum_ in lines.items() if sum_})


def moved(
    kind: PostingKind, reference: object, source: Account, target: Account, amount: int
) -> Posting:
    """The posting by which `amount` goes from one account to another."""
    return Posting(kind, str(reference), {source: -amount, target: amount})
