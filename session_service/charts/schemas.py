"""The kinds of pictures, what they are drawn from, and the job."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema

RULE = "charts/1"
"""How they look today; what changes a picture gets the next one, and all are drawn anew."""
WEEKS = 12
LEAST_FOR_MEDIAN = 5
"""Of so many students at least the middle one is told: it says nothing of anybody."""


class ChartKind(StrEnum):
    """How a class hands in and what its marks are; the same of one student; and of one student
    among the class, with the class's median, which who teaches or helps may see.
    """

    CLASS = "class"
    STUDENT = "student"
    STUDENT_IN_CLASS = "student_in_class"


class Week(Schema):
    """Per cent of one week: done of what was due, the mean of the marks, and the class's median of
    such means; null where there is nothing to count.
    """

    monday: date
    handed_in: float | None
    average: float | None
    median: float | None = None


class ChartFacts(Schema):
    """All that a picture is drawn from; no person's name."""

    rule: str = RULE
    kind: ChartKind
    class_name: str
    weeks: list[Week]


class DrawChart(Job):
    """Draw a picture, unless its facts are those of the one that is there. `subject_id` is the
    student, or the class itself.
    """

    type: ClassVar[str] = "session.charts.draw"

    study_session_id: UUID
    kind: ChartKind
    subject_id: UUID
