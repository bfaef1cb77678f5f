"""What clients send and get about erasures, and the job that carries them out."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from libs.jobs import Job
from libs.schemas import Schema
from user_service.accounts.schemas import TriedPassword


class HoldReason(StrEnum):
    """Why an account must not be erased."""

    DISPUTE = "dispute"
    LEGAL = "legal"
    INVESTIGATION = "investigation"


class ErasureCreate(Schema):
    """One's password once more: what follows cannot be taken back after two weeks."""

    password: TriedPassword


class ErasureOut(Schema):
    """When one's account will be erased; `held` says why it will not be, for the time being."""

    id: UUID
    requested_at: datetime
    due_at: datetime
    held: HoldReason | None = None


class HoldSet(Schema):
    """Why an account is held."""

    reason: HoldReason


class HoldOut(Schema):
    """An account that must not be erased."""

    account_id: UUID
    reason: HoldReason
    set_by: UUID
    set_at: datetime


class ReportOut(Schema):
    """How many rows or documents a service met, by store."""

    service: str
    counts: dict[str, int]
    confirmed_at: datetime


class ErasureShown(Schema):
    """An erasure as admins see it; `missing` are the services that have not confirmed."""

    id: UUID
    account_id: UUID
    requested_at: datetime
    due_at: datetime
    undone_at: datetime | None
    erased_at: datetime | None
    finished_at: datetime | None
    missing: list[str] = Field(default_factory=list)
    reports: list[ReportOut] = Field(default_factory=list)


class EraseDue(Job):
    """Remind, erase what is due, and ask again who has not confirmed; from the schedule."""

    type: ClassVar[str] = "user.erasures.erase_due"
