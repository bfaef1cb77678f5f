"""What clients get about progress (S30, S-A14). Per cent have two places, half up, and are null
where there is nothing to count: no data is neither 0 % nor 100 %.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from libs.schemas import Schema
from session_service.grade_items.schemas import ItemKind


class Standing(StrEnum):
    """How a student stands with one work: exactly one of these.

    `none`: it is not assigned (nothing is handed in for it, or it was due before the student came);
    `upcoming`: it is not due yet. Of what is due: `excused`; handed in `on_time` or `late`;
    `overdue` while it can still be handed in, and `missing` after the cut-off.
    """

    NONE = "none"
    UPCOMING = "upcoming"
    EXCUSED = "excused"
    ON_TIME = "on_time"
    LATE = "late"
    OVERDUE = "overdue"
    MISSING = "missing"


SUBMITTED = (Standing.ON_TIME, Standing.LATE)
DONE = (*SUBMITTED, Standing.EXCUSED)
DUE = (*DONE, Standing.OVERDUE, Standing.MISSING)


class RowsOf(StrEnum):
    """Which rows stand behind a number: those of a standing, or of several (`due`, `done`,
    `submitted`), or those that count in the average (`scored`).
    """

    DUE = "due"
    DONE = "done"
    SUBMITTED = "submitted"
    SCORED = "scored"
    UPCOMING = "upcoming"
    EXCUSED = "excused"
    ON_TIME = "on_time"
    LATE = "late"
    OVERDUE = "overdue"
    MISSING = "missing"


def standings_of(which: RowsOf) -> tuple[Standing, ...]:
    """The standings behind a number, of which there are none alone for `scored`."""
    several = {RowsOf.DUE: DUE, RowsOf.DONE: DONE, RowsOf.SUBMITTED: SUBMITTED}
    return several.get(which) or (Standing(which.value),)


class Step(StrEnum):
    """How long each part of a trend is; weeks begin on Mondays (ISO 8601)."""

    WEEK = "week"
    MONTH = "month"


class Rate(Schema):
    """`part` of `whole`, and the addresses of the rows behind both."""

    percent: Decimal | None
    part: int
    whole: int
    part_rows: str
    whole_rows: str


class Average(Schema):
    """The mean of the percentages of `count` works, and the address of their rows."""

    percent: Decimal | None
    count: int
    rows: str


class Counts(Schema):
    """How many works stand how; those that are due add up to `due`."""

    due: int
    on_time: int
    late: int
    excused: int
    overdue: int
    missing: int
    upcoming: int


class ProgressOut(Schema):
    """How far work has come. `completion`: handed in or excused, of what is assigned and already
    due. `on_time`: on time, of what of it was handed in. `average`: of released marks; missing work
    is 0 % after its cut-off, and what is excused counts nowhere.
    """

    completion: Rate
    on_time: Rate
    average: Average
    counts: Counts


class StudentProgress(ProgressOut):
    """One student's progress in a class; `id` is the student's."""

    id: UUID
    student_code: str
    student_name: str | None


class ClassProgress(ProgressOut):
    """Progress in one class; `id` is the class's. Of all its students for who teaches or helps, of
    the own work for a student, and of the observed one's.
    """

    id: UUID
    name: str


class TrendPart(ProgressOut):
    """Progress with what was due in one week or month, in the class's zone; `until` is the last
    day.
    """

    since: date
    until: date


class Trend(Schema):
    """How progress went, oldest first."""

    step: Step
    parts: list[TrendPart]


class WorkRow(Schema):
    """One student's work on one item, as the numbers count it. `percent` is that of a released
    mark, `counted_percent` what enters the average (0 for missing work). `due_at` is the student's
    own due time.
    """

    item_id: UUID
    student_id: UUID
    student_name: str | None
    kind: ItemKind
    title: str
    due_at: datetime | None
    submitted_at: datetime | None
    standing: Standing
    percent: Decimal | None
    counted_percent: Decimal | None


class WorkPage(Schema):
    """One page of rows; `next_cursor` is null on the last one."""

    items: list[WorkRow]
    next_cursor: str | None = Field(default=None)
