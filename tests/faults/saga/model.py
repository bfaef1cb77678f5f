"""The reference model of the approval saga, as plain data: from what people were told and what the
provider took follows what must be, exactly.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Told:
    """What the platform acknowledged to a class's people, and what the provider's page did.

    `rejected` and `approved`: yes, no (refused for the class's state), or not asked (`None`).
    """

    approved: bool | None = None
    rejected: bool | None = None
    pressed: bool = False
    """Whether *Pay* was taken at the provider's page."""


@dataclass
class Found:
    """What all sides hold of one class in the end."""

    state: str = ""
    approval: str = ""
    """The state that admins are shown, if the class is in their list."""
    stuck: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    captured: list[int] = field(default_factory=list)
    """Sums that the provider has taken, in minor units."""
    returned: list[int] = field(default_factory=list)
    """Sums that it has given back."""
    open_checkouts: int = 0
    payments: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    copies: Counter[str] = field(default_factory=Counter)
    """session_service's copies of refunds, by state."""


@dataclass
class Sums:
    """What many classes come to."""

    classes: int = 0
    activated: int = 0
    rejected: int = 0
    captured: int = 0
    due: int = 0
    made: int = 0
    doubled: int = 0
    missing: int = 0
    stuck: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.classes} classes ({self.activated} activated, {self.rejected} rejected), "
            f"{self.captured} payments, {self.due} refunds due, {self.made} made, "
            f"{self.doubled} doubled, {self.missing} missing, {self.stuck} stuck, "
            f"{len(self.wrong)} other contradictions"
        )

    @property
    def clean(self) -> bool:
        """Whether everything is as it must be."""
        return not (self.doubled or self.missing or self.stuck or self.wrong)

    def add(self, name: str, told: Told, found: Found) -> None:
        """Holds one class against the model."""
        rejected = found.state == "rejected"
        active = bool(told.approved and found.captured) and not rejected
        due = found.captured if rejected else []
        self.classes += 1
        self.activated += found.events["study_session.activated"]
        self.rejected += rejected
        self.captured += len(found.captured)
        self.due += len(due)
        self.made += len(found.returned)
        self.doubled += (Counter(found.returned) - Counter(due)).total()
        self.missing += (Counter(due) - Counter(found.returned)).total()
        self.stuck += _is_stuck(found, rejected=rejected, due=len(due))
        for what, must, have in _facts(told, found, rejected=rejected, active=active, due=len(due)):
            if must != have:
                self.wrong.append(f"{name}: {what} is {have}, must be {must}")


def _is_stuck(found: Found, *, rejected: bool, due: int) -> bool:
    """Whether the saga has not come to its end."""
    over = not rejected or found.approval == ("refunded" if due else "nothing_paid")
    return bool(found.stuck) or found.approval == "activating" or not over


def _facts(
    told: Told, found: Found, *, rejected: bool, active: bool, due: int
) -> list[tuple[str, object, object]]:
    """Each thing that must be, beside what is."""
    events, done = found.events, {"succeeded": due} if due else {}
    facts: list[tuple[str, object, object]] = [
        ("the number of payments taken", int(told.pressed), len(found.captured)),
        ("state", "rejected" if rejected else "active" if active else "pending", found.state),
        ("activations", int(active), events["study_session.activated"]),
        ("rejections", int(rejected), events["study_session.rejected"]),
        ("approvals", int(bool(told.approved)), events["study_session.approved"]),
        ("payments known as paid", len(found.captured), found.payments["paid"]),
        ("refunds", done, dict(found.refunds)),
        ("refunds requested", due, events["refund.requested"]),
        ("refunds told", due, events["payment.refunded"]),
        ("refunds failed", 0, events["refund.failed"]),
        ("copies of refunds", done, dict(found.copies)),
        ("answers to rejections", int(rejected), events["payments.closed"]),
        ("open checkouts", 0 if rejected else found.open_checkouts, found.open_checkouts),
    ]
    if told.rejected is not None:
        facts.append(("the answer to the rejection", told.rejected, rejected))
    return facts
