"""What clients send and get about plans."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import Instant, Schema, ShortText

MOST = 1_000_000_000_000
"""Minor units: no sum of ours is larger, and sums of many stay far below 64 bits."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Months = Annotated[int, Field(ge=1, le=120)]
Money = Annotated[int, Field(ge=1, le=MOST)]


class PlanOut(Schema):
    """A price. `amount` is in minor units of `currency` (ISO 4217)."""

    id: UUID
    name: str
    months: int
    amount: int
    currency: str


class PlanList(Schema):
    """The present price list, the shortest period first."""

    items: list[PlanOut]


class PlanCreate(Schema):
    """A new price, valid from an instant on, or from now; the one before for as many months in the
    same currency ends then. `amount` is in minor units of `currency` (ISO 4217).
    """

    name: ShortText
    months: Months
    amount: Money
    currency: Currency
    valid_from: Instant | None = None


class PlanAdminOut(PlanOut):
    """A price of any time as admins see it: sold from `valid_from` until before `valid_until`.
    `active` is false for what was taken off the list.
    """

    active: bool
    valid_from: datetime
    valid_until: datetime | None
    created_at: datetime
