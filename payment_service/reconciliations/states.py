"""What a reconciliation compares and finds."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

SETTLED_AFTER = timedelta(minutes=10)
"""What is younger may be told by a webhook that is still on its way: it is not compared yet."""
NIGHTLY = timedelta(days=3)
"""How far back each night looks: what one night misses, the next one finds."""
LONGEST = timedelta(days=92)


class ReconciliationState(StrEnum):
    """`asked`: a job has it in hand, and goes on once the provider is back."""

    ASKED = "asked"
    DONE = "done"


class DifferenceKind(StrEnum):
    """Where two of ledger, provider and subscriptions do not agree. `…_not_booked`: the ledger has
    another sum. `paid_for_nothing`: money was kept, and its class has no subscription.
    """

    PAID_ONLY_AT_PROVIDER = "paid_only_at_provider"
    PAID_ONLY_HERE = "paid_only_here"
    PAID_AMOUNT = "paid_amount"
    REFUNDED_ONLY_AT_PROVIDER = "refunded_only_at_provider"
    REFUNDED_ONLY_HERE = "refunded_only_here"
    REFUNDED_AMOUNT = "refunded_amount"
    PAYMENT_NOT_BOOKED = "payment_not_booked"
    REFUND_NOT_BOOKED = "refund_not_booked"
    PAID_FOR_NOTHING = "paid_for_nothing"
    SUBSCRIBED_UNPAID = "subscribed_unpaid"


@dataclass(frozen=True, slots=True)
class Sums:
    """What has moved for one payment, in minor units: paid in, and given back."""

    paid: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A payment of ours that went through the provider, with what has moved by our tables."""

    payment_id: UUID
    payment_intent: str
    currency: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says has moved in a window, by payment intent."""

    paid: Counter[str]
    refunded: Counter[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One that was found; `ours` and `theirs` in minor units, where there is a sum."""

    kind: DifferenceKind
    payment_id: UUID
    provider_id: str | None = None
    ours: int | None = None
    theirs: int | None = None
    currency: str | None = None


_KINDS = {
    "paid": (
        DifferenceKind.PAID_ONLY_AT_PROVIDER, DifferenceKind.PAID_ONLY_HERE,
        DifferenceKind.PAID_AMOUNT,
    ),
    "refunded": (
        DifferenceKind.REFUNDED_ONLY_AT_PROVIDER, DifferenceKind.REFUNDED_ONLY_HERE,
        DifferenceKind.REFUNDED_AMOUNT,
    ),
}  # fmt: skip


def compare(known: Known, theirs: Sums) -> list[Difference]:
    """Where the provider's sums of a payment are not ours."""
    found = []
    for name, (only_theirs, only_ours, amount) in _KINDS.items():
        our, their = getattr(known.sums, name), getattr(theirs, name)
        if our != their:
            kind = amount if our and their else only_ours if our else only_theirs
            found.append(
                Difference(kind, known.payment_id, known.payment_intent, our, their, known.currency)
            )
    return found


def doubtful(known: Known, told: Told) -> bool:
    """Whether the window alone does not show that both sides agree."""
    sums = Sums(told.paid[known.payment_intent], told.refunded[known.payment_intent])
    return known.sums != sums
