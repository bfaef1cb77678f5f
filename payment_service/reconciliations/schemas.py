"""What admins send and get about reconciliations, and the jobs."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Instant, Schema
from payment_service.reconciliations.states import DifferenceKind, ReconciliationState


class ReconciliationCreate(Schema):
    """What to compare: all that was paid and given back from `since` on and before `until`."""

    since: Instant
    until: Instant


class ReconciliationOut(Schema):
    """A reconciliation; `compared` payments and refunds, `differences` of them with a fault."""

    id: UUID
    since: datetime
    until: datetime
    state: ReconciliationState
    asked_by: UUID | None
    asked_at: datetime
    ended_at: datetime | None
    compared: int
    differences: int


class DifferenceOut(Schema):
    """Where ledger, provider and subscriptions do not agree; `ours` and `theirs` in minor units of
    `currency` (ISO 4217), `provider_id` is Stripe's.
    """

    id: UUID
    kind: DifferenceKind
    payment_id: UUID
    provider_id: str | None
    ours: int | None
    theirs: int | None
    currency: str | None


class Reconcile(Job):
    """Make a reconciliation that was asked for."""

    type: ClassVar[str] = "payment.reconciliations.make"

    reconciliation_id: UUID


class ReconcileNightly(Job):
    """Compare the last days."""

    type: ClassVar[str] = "payment.reconciliations.nightly"
