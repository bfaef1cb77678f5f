"""What clients get about plans."""

from uuid import UUID

from libs.schemas import Schema


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
