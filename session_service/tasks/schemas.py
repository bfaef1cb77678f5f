"""What clients send and get about tasks, and the job."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, NaiveDatetime, StringConstraints, model_validator

from libs.jobs import Job
from libs.schemas import LINE, Instant, LongText, Schema, ShortText
from session_service.grade_items.schemas import Points
from session_service.late_policies.schemas import LatePolicyFields

YEARS = range(2000, 3000)


def _usable(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError(f"not a year from {YEARS[0]} to {YEARS[-1]}")
    return at


When = Annotated[Instant, AfterValidator(_usable)]
LocalTime = Annotated[NaiveDatetime, AfterValidator(_usable)]
"""A time of the class's zone, such as `2026-11-30T23:59`. Where a clock is put forward over it, the
time after the change is meant; where it comes twice, the first one.
"""
Category = Annotated[str, StringConstraints(max_length=60, pattern=LINE)]


class TaskState(StrEnum):
    """Seen by those who teach and help; the same, but for a time at which it is published; or seen
    by all.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class _Times(Schema):
    """When work is due: an instant, or a time of the class's zone; and so for its publication."""

    due_at: When | None = None
    due_local: LocalTime | None = None
    publish_at: When | None = None
    publish_local: LocalTime | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.due_at is not None and self.due_local is not None:
            raise ValueError("either due_at or due_local")
        if self.publish_at is not None and self.publish_local is not None:
            raise ValueError("either publish_at or publish_local")
        return self


class TaskCreate(_Times):
    """A task for all students of a class. It is due at the instant `due_at`, or at `due_local` in
    the class's zone. It is published at once; as a `draft` not yet, and with `publish_at` or
    `publish_local` (in the class's zone) then. Without `late_policy` it gets the class's.
    """

    study_session_id: UUID
    title: ShortText
    description: LongText = ""
    points: Points = Decimal("10.00")
    category: Category = ""
    draft: bool = False
    late_policy: LatePolicyFields | None = None

    @model_validator(mode="after")
    def _due(self) -> Self:
        if self.due_at is None and self.due_local is None:
            raise ValueError("due_at or due_local is needed")
        if self.draft and (self.publish_at or self.publish_local):
            raise ValueError("a draft has no time at which it is published")
        return self


class TaskUpdate(Schema):
    """A change: what is not named, or null, stays. `due_local` is in the class's zone."""

    title: ShortText | None = None
    description: LongText | None = None
    points: Points | None = None
    category: Category | None = None
    due_at: When | None = None
    due_local: LocalTime | None = None
    late_policy: LatePolicyFields | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.due_at is not None and self.due_local is not None:
            raise ValueError("either due_at or due_local")
        return self


class PublicationWanted(Schema):
    """When to publish: at once, at an instant, or at a `local` time of the class's zone."""

    at: When | None = None
    local: LocalTime | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.at is not None and self.local is not None:
            raise ValueError("either at or local")
        return self


class TaskOut(Schema):
    """A task as its people see it; `publish_at` is when a scheduled one is published."""

    id: UUID
    study_session_id: UUID
    title: str
    description: str
    points: Decimal
    category: str
    state: TaskState
    due_at: datetime
    publish_at: datetime | None
    published_at: datetime | None
    created_at: datetime


class TaskDetail(TaskOut):
    """A task with how late work is treated; after `closes_at`, if it is given, none is taken."""

    late_policy: LatePolicyFields
    closes_at: datetime | None


class PublishTasks(Job):
    """Publish the tasks that are due to be; from the schedule."""

    type: ClassVar[str] = "session.tasks.publish_due"
