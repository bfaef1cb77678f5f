"""The reference model of a class's money, as plain data: from what its tutor was told and what the
provider took follows what must be, exactly.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.money.cases import Decision

Sum = tuple[str, int]
"""A payment's id, and minor units."""
CARD, WALLET = "stripe", "wallet"
PROVIDER = "provider"


@dataclass
class Told:
    """What was acknowledged to the tutor, and what the provider's pages did."""

    decision: Decision = Decision.NONE
    pressed: int = 0
    """Pages for the class on which *Pay* was taken."""
    by_wallet: set[str] = field(default_factory=set)
    """Payments from the wallet that were acknowledged."""
    topped_up: int = 0
    """Minor units, by a page on which *Pay* was taken."""
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the service has it."""

    id: str
    status: str
    method: str
    period: int
    amount: int


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the service has it."""

    payment_id: str
    state: str
    destination: str
    amount: int


@dataclass
class Found:
    """What all sides hold of one class and its tutor in the end; sums are in minor units."""

    rejected: bool = False
    captured: list[Sum] = field(default_factory=list)
    """What the provider has taken for the class."""
    returned: list[Sum] = field(default_factory=list)
    """What it has given back."""
    topped_up: int = 0
    """What it has taken for the wallet."""
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    subscription: tuple[str, int] | None = None
    """State and period."""
    wallet: int = 0
    invoices: int = 0
    credit_notes: int = 0
    events: Counter[str] = field(default_factory=Counter)

    @property
    def paid(self) -> list[Payment]:
        """What was paid, whatever became of it."""
        return [one for one in self.payments if one.status == "paid"]

    def sums(self, method: str) -> list[Sum]:
        """What was paid in one way."""
        return sorted((one.id, one.amount) for one in self.paid if one.method == method)


@dataclass
class Sums:
    """What many classes come to."""

    classes: int = 0
    paid: Counter[str] = field(default_factory=Counter)
    renewed: int = 0
    refunds: int = 0
    topped_up: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.classes} classes, {self.paid[CARD]} payments by card and {self.paid[WALLET]} "
            f"from wallets ({self.renewed} renewals), {self.refunds} refunds, "
            f"{self.topped_up} top-ups, {len(self.wrong)} contradictions"
        )

    def add(self, name: str, told: Told, found: Found) -> None:
        """Holds one class against the model."""
        self.classes += 1
        self.paid += Counter(one.method for one in found.paid)
        self.renewed += found.events["subscription.renewed"]
        self.refunds += len(found.refunds)
        self.topped_up += bool(found.topped_up)
        self.wrong += [f"{name}: {line}" for line in told.wrong]
        for what, must, have in _facts(told, found):
            if must != have:
                self.wrong.append(f"{name}: {what} is {have}, must be {must}")


def _facts(told: Told, found: Found) -> Iterator[tuple[str, object, object]]:
    """Each thing that must be, beside what is."""
    due = _due(found)
    counted = len(found.paid) - len(due)
    yield "the number of pages paid", told.pressed, len(found.captured)
    yield "what was paid by card", sorted(found.captured), found.sums(CARD)
    yield "what was paid from the wallet", told.by_wallet, {key for key, _ in found.sums(WALLET)}
    yield "the rejection", told.decision is Decision.REJECTED, found.rejected
    yield "what goes back", due, sorted((one.payment_id, one.amount) for one in found.refunds)
    yield "refunds on their way", [], [one for one in found.refunds if one.state != "succeeded"]
    back = sorted((r.payment_id, r.amount) for r in found.refunds if r.destination == PROVIDER)
    yield "what the provider gave back", back, sorted(found.returned)
    yield "the money topped up", told.topped_up, found.topped_up
    yield "the balance of the wallet", _balance(found), found.wallet
    yield "the number of invoices", len(found.paid), found.invoices
    yield "the number of credit notes", len(due), found.credit_notes
    yield "refunds requested", len(due), found.events["refund.requested"]
    yield "refunds told", len(due), found.events["payment.refunded"]
    if not found.rejected:
        state = "active" if told.decision is Decision.APPROVED else "pending"
        yield "subscription", (state, counted) if counted else None, found.subscription
        yield "first payments told", int(counted > 0), found.events["subscription.paid"]
        yield "renewals told", max(0, counted - 1), found.events["subscription.renewed"]


def _due(found: Found) -> list[Sum]:
    """What must go back: all of a rejected class; else all but one payment of each period."""
    if found.rejected:
        return sorted((one.id, one.amount) for one in found.paid)
    gone = {one.payment_id for one in found.refunds}
    kept = Counter(one.period for one in found.paid if one.id not in gone)
    surplus = [one for one in found.paid if one.id in gone]
    missing = [period for period in {one.period for one in found.paid} if kept[period] != 1]
    if missing:
        return [(f"periods {missing} are paid {dict(kept)} times", 0)]
    return sorted((one.id, one.amount) for one in surplus)


def _balance(found: Found) -> int:
    spent = sum(amount for _, amount in found.sums(WALLET))
    back = sum(one.amount for one in found.refunds if one.destination != PROVIDER)
    return found.topped_up - spent + back
