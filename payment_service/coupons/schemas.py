"""What admins send and get about coupons."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from libs.schemas import Instant, Schema
from payment_service.plans.schemas import Currency, Money, Months

CouponCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,40}$"), AfterValidator(str.upper)
]
"""Letters are the same in either case."""
REMOVABLE = ("valid_until", "total_limit", "user_limit")
Limit = Annotated[int, Field(ge=1, le=1_000_000_000)]
PlanMonths = Annotated[
    list[Months], Field(max_length=20), AfterValidator(lambda all_: sorted({*all_}))
]


class CouponCreate(Schema):
    """A coupon: `percent` off, or `amount_off` in minor units of `currency` (ISO 4217). It holds
    from `valid_from` (without it from now) until before `valid_until`, for plans of `plan_months`
    (none: of any length), `total_limit` times in all and `user_limit` times for one person.
    """

    code: CouponCode
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount_off: Money | None = None
    currency: Currency | None = None
    plan_months: PlanMonths = Field(default_factory=list)
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    total_limit: Limit | None = None
    user_limit: Limit | None = None

    @model_validator(mode="after")
    def _takes_off_one_thing(self) -> Self:
        if (self.percent is None) == (self.amount_off is None):
            raise ValueError("either percent or amount_off")
        if (self.amount_off is None) != (self.currency is None):
            raise ValueError("amount_off has a currency, percent has none")
        return self


class CouponUpdate(Schema):
    """What to change; what is not named, or null, stays. But null takes `valid_until`,
    `total_limit` and `user_limit` away. What a coupon takes off never changes. A limit below what
    is used means that nobody uses it any more.
    """

    active: bool | None = None
    plan_months: PlanMonths | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    total_limit: Limit | None = None
    user_limit: Limit | None = None

    def changes(self) -> dict[str, Any]:
        """The columns that get another value."""
        named = self.model_dump(exclude_unset=True)
        return {
            name: value for name, value in named.items() if value is not None or name in REMOVABLE
        }


class CouponOut(Schema):
    """A coupon as admins see it. `used` counts uses that are paid or can still be paid."""

    id: UUID
    code: str
    percent: int | None
    amount_off: int | None
    currency: str | None
    plan_months: list[int]
    valid_from: datetime
    valid_until: datetime | None
    total_limit: int | None
    user_limit: int | None
    used: int
    active: bool
    created_at: datetime
