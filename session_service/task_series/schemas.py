"""What clients send and get about tasks that repeat, and the job."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.jobs import Job
from libs.schemas import LongText, Schema, ShortText
from session_service.grade_items.schemas import Points
from session_service.late_policies.schemas import LatePolicyFields
from session_service.lessons.schemas import LocalStart, WallTime
from session_service.series.schemas import RuleText
from session_service.tasks.schemas import Category

MONTH = 31 * 24 * 60
MOST_SERIES = 100
"""That go on in one class."""
Lead = Annotated[int, Field(ge=1, le=MONTH)]


class TaskSeriesCreate(Schema):
    """A task that is set again and again: `rule` is an RRULE's value such as
    `FREQ=DAILY;UNTIL=20270131`, `local_due` when the first one is due in the class's zone. Each is
    published `lead_minutes` before it is due; on holidays of the class none is.
    """

    study_session_id: UUID
    title: ShortText
    description: LongText = ""
    points: Points = Decimal("10.00")
    category: Category = ""
    local_due: LocalStart
    rule: RuleText
    lead_minutes: Lead = 24 * 60
    late_policy: LatePolicyFields | None = None


class TaskSeriesUpdate(Schema):
    """What changes in the tasks that are set from now on; null changes nothing."""

    title: ShortText | None = None
    description: LongText | None = None
    points: Points | None = None
    category: Category | None = None


class TaskSeriesOut(Schema):
    """Tasks that repeat. `next_due` is when the next one is due in the zone, null once there is
    none.
    """

    id: UUID
    study_session_id: UUID
    title: str
    description: str
    points: Decimal
    category: str
    local_due: WallTime
    zone: str
    rule: str
    lead_minutes: int
    next_due: WallTime | None
    created_at: datetime
    ended_at: datetime | None


class UpcomingOut(Schema):
    """A task to be, unless there is a holiday."""

    due_at: datetime
    publish_at: datetime
    on_holiday: bool


class TaskSeriesDetail(TaskSeriesOut):
    """Tasks that repeat, with the next ten places of the rule."""

    upcoming: list[UpcomingOut]


class SetTasks(Job):
    """Set the tasks of series that are due to be published; from the schedule."""

    type: ClassVar[str] = "session.task_series.set"
