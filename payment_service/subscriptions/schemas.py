"""What clients get about subscriptions, and the job."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema
from payment_service.subscriptions.states import SubscriptionState


class SubscriptionOut(Schema):
    """A class's subscription. `period` (from 1) is the last that is paid, of `months` calendar
    months by `plan_id`: from `starts_at` to `ends_at`, a midnight of `zone`. It may be renewed
    from `renewable_from`; otherwise the class can only be read from `suspends_at`, and ends at
    `expires_at`. All of them are null while the class waits for an admin. What a pause keeps moves
    them when the class goes on.
    """

    id: UUID
    study_session_id: UUID
    session_code: str
    state: SubscriptionState
    plan_id: UUID
    months: int
    period: int
    zone: str
    paid_at: datetime
    starts_at: datetime | None
    renewable_from: datetime | None
    ends_at: datetime | None
    suspends_at: datetime | None
    expires_at: datetime | None
    class_ended_at: datetime | None


class SubscriptionAdminOut(SubscriptionOut):
    """A subscription as admins see it. `tutor_id` owns the class now."""

    tutor_id: UUID
    due_at: datetime | None


class SweepSubscriptions(Job):
    """Do what time has made due: steps from state to state, and notices."""

    type: ClassVar[str] = "payment.subscriptions.sweep"
