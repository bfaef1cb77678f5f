"""What clients send and get about answers that a person marks."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from libs.schemas import LongText, Schema
from session_service.grade_items.schemas import Points
from session_service.marks.schemas import PartSource, Reason
from session_service.question_rules.answers import Answer
from session_service.question_rules.contents import Content
from session_service.question_rules.marking import Outcome


class QueuedAnswer(Schema):
    """An answer that waits to be marked."""

    id: UUID
    attempt_id: UUID
    question_id: UUID
    student_id: UUID
    content: Content
    answer: Answer | None
    maximum: Decimal
    closed_at: datetime


class PartPut(Schema):
    """Points for one question of one attempt, null to let it wait again; `note` is for the student.
    Whoever changes a mark that its student has seen says why.
    """

    points: Points | None
    note: LongText = ""
    reason: Reason = ""


class AttemptPartOut(Schema):
    """The points of one question of an attempt. `rule` says by which rule and key it was marked;
    `marked_by` is null where the machine did it.
    """

    id: UUID
    question_id: UUID
    position: int
    points: Decimal | None
    maximum: Decimal
    source: PartSource
    outcome: Outcome
    rule: str
    note: str
    marked_by: UUID | None
    marked_at: datetime


class AttemptParts(Schema):
    """All questions of an attempt in the order of its paper."""

    parts: list[AttemptPartOut]
