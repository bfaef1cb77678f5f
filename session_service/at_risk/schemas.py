"""What clients get about students at risk (S36)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from libs.schemas import Schema


class ReasonCode(StrEnum):
    """Why a student may be at risk; each is a rule of its own."""

    WORK_MISSED = "work_missed"
    NOTHING_HANDED_IN = "nothing_handed_in"
    MARKS_FELL = "marks_fell"
    MARKS_LOW = "marks_low"
    LESSONS_MISSED = "lessons_missed"


class Risk(StrEnum):
    """`at_risk`: there is a reason. `not_enough_data`: there is none, but too little is known of
    work, marks and lessons to say more. `no_signs`: enough is known of one of them, and nothing is
    found.
    """

    AT_RISK = "at_risk"
    NOT_ENOUGH_DATA = "not_enough_data"
    NO_SIGNS = "no_signs"


class _Reason(Schema):
    """`text` says it in plain English, of the period from `since` to `until` (days in the class's
    zone); `rows` is the address of the work of that period, null where no work is behind it.
    """

    text: str
    since: date
    until: date
    rows: str | None


class WorkMissed(_Reason):
    """`missed` of the last `works` that were due."""

    code: Literal[ReasonCode.WORK_MISSED]
    missed: int
    works: int


class NothingHandedIn(_Reason):
    """Nothing for `days`, in which `due` pieces of work were due and did not come."""

    code: Literal[ReasonCode.NOTHING_HANDED_IN]
    days: int
    due: int


class MarksFell(_Reason):
    """The mean of the last `marks` released marks, `after`, against that of as many before them."""

    code: Literal[ReasonCode.MARKS_FELL]
    before_percent: Decimal
    after_percent: Decimal
    marks: int


class MarksLow(_Reason):
    """The mean of the last `marks` released marks."""

    code: Literal[ReasonCode.MARKS_LOW]
    percent: Decimal
    marks: int


class LessonsMissed(_Reason):
    """Absent from `absent` of the last `lessons`, those not counted from which one was excused."""

    code: Literal[ReasonCode.LESSONS_MISSED]
    absent: int
    lessons: int


Reason = Annotated[
    WorkMissed | NothingHandedIn | MarksFell | MarksLow | LessonsMissed,
    Field(discriminator="code"),
]


class NotAsked(Schema):
    """A rule that could not be asked: it needs `need` works, marks or lessons, and has `have`."""

    code: ReasonCode
    have: int
    need: int


class StudentAtRisk(Schema):
    """One student of a class, with all reasons; `id` is the student's. `not_enough_data` names the
    rules that too little is known for.
    """

    id: UUID
    student_code: str
    student_name: str | None
    risk: Risk
    reasons: list[Reason]
    not_enough_data: list[NotAsked]


class RiskCounts(Schema):
    """How many students of the class stand how."""

    at_risk: int
    not_enough_data: int
    no_signs: int


class AtRiskPage(Schema):
    """One page of students, those with most reasons first; `next_cursor` is null on the last one.
    `counts` are of the whole class.
    """

    items: list[StudentAtRisk]
    next_cursor: str | None
    counts: RiskCounts
