"""What is known of a payment from outside: told by a signed webhook or read from Stripe.

Both ways end in a `Finding`, so that a lost webhook and a delivered one have the same effect.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding says about the money."""

    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    OPEN = "open"


class Outcome(StrEnum):
    """What became of a finding."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    SUSPICIOUS = "suspicious"
    SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class Finding:
    """`amount` (minor units) and `currency` (ISO 4217, upper case) matter for `PAID` only."""

    verdict: Verdict
    stripe_session_id: str | None = None
    payment_intent: str | None = None
    amount: int | None = None
    currency: str | None = None
