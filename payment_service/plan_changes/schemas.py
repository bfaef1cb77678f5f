"""What clients get about changes of plan."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.plan_changes.states import PlanChangeState, When


class PlanChangeOut(Schema):
    """A change of plan. `due` is `charge` for the new plan less `credit` for the unused time of
    `from_plan_id`, in minor units of `currency` (ISO 4217), as of `priced_at`; what is below zero
    came into the wallet. An `open` one is paid at `checkout_url` by `payment_id`, and changes
    nothing until then. `ended_at` is when it was applied, lapsed or called off.
    """

    id: UUID
    subscription_id: UUID
    study_session_id: UUID
    from_plan_id: UUID
    plan_id: UUID
    months: int
    at: When
    state: PlanChangeState
    credit: int
    charge: int
    due: int
    currency: str
    priced_at: datetime
    ends_at: datetime
    created_at: datetime
    ended_at: datetime | None
    payment_id: UUID | None
    checkout_url: str | None
