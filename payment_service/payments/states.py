"""The states of a payment, and what is known of it from outside.

What a signed webhook tells and what is read from Stripe both end in a `Finding`, so that a lost
webhook and a delivered one have the same effect.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class PaymentStatus(StrEnum):
    """`created`: intended, Stripe not asked or not answered yet. `declined`: a card was refused,
    the checkout stays open. `failed`: Stripe never took it.
    """

    CREATED = "created"
    OPEN = "open"
    DECLINED = "declined"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class PaymentMethod(StrEnum):
    """Where the money comes from: Stripe's page, or the payer's wallet."""

    STRIPE = "stripe"
    WALLET = "wallet"


LIVE = (PaymentStatus.CREATED, PaymentStatus.OPEN, PaymentStatus.DECLINED)
"""A class has at most one payment in these states."""


class Verdict(StrEnum):
    """What a finding says about the money."""

    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    OPEN = "open"


class Outcome(StrEnum):
    """What became of a finding. `given_back`: money for a class that was over before; `surplus`:
    for a period that was paid before. Both go back.
    """

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    SUSPICIOUS = "suspicious"
    SURPLUS = "surplus"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to pay for: a class, by a plan, with a coupon or without. With a quote
    also for which `amount`, in minor units; without one it is the price of the moment.
    """

    tutor_id: UUID
    study_session_id: UUID
    plan_id: UUID
    coupon_id: UUID | None = None
    quote_id: UUID | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`amount` (minor units) and `currency` (ISO 4217, upper case) matter for `PAID` only."""

    verdict: Verdict
    stripe_session_id: str | None = None
    payment_intent: str | None = None
    amount: int | None = None
    currency: str | None = None
