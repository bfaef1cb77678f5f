"""What clients send to change a plan, and what they are told before."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import model_validator

from libs.schemas import Instant, Schema
from payment_service.payments.states import PaymentMethod
from payment_service.plan_changes.states import When


class PlanChangeAsk(Schema):
    """To which plan, and when: `now`, or with the next period. There is no amount to send."""

    plan_id: UUID
    at: When


class PlanChangeCreate(PlanChangeAsk):
    """The same, and how a difference is paid. With a preview's `priced_at` its price stands, for
    half an hour; without, it is that of the moment.
    """

    pay_with: PaymentMethod = PaymentMethod.STRIPE
    priced_at: Instant | None = None

    @model_validator(mode="after")
    def _is_priced_once(self) -> Self:
        if self.at is When.PERIOD_END and self.priced_at is not None:
            raise ValueError("what is scheduled has its price when it is renewed")
        return self


class PlanChangeLine(Schema):
    """One line of what a change costs: below zero for what is credited."""

    description: str
    amount: int


class PlanChangePreview(Schema):
    """What a change would cost, in minor units of `currency` (ISO 4217): `due` is the sum of the
    lines; what is below zero comes into the wallet. The new plan would run from `starts_at` to
    `ends_at`. At the period's end nothing is due, and the renewal costs what the plan costs by
    then; otherwise the price can be taken until `valid_until`, by sending `priced_at`.
    """

    plan_id: UUID
    at: When
    months: int
    lines: list[PlanChangeLine]
    due: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    priced_at: datetime | None
    valid_until: datetime | None
