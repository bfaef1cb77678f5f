"""What clients send and get about attempts. Students never get points here, nor keys."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Schema
from session_service.assessments.schemas import MOST_QUESTIONS, PaperQuestion
from session_service.question_rules.answers import Answer

Revision = Annotated[int, Field(ge=1, le=2_000_000_000)]


class AttemptState(StrEnum):
    """The student is at it; it is over; it counts nowhere."""

    OPEN = "open"
    CLOSED = "closed"
    VOIDED = "voided"


class Ending(StrEnum):
    """What has ended an attempt: its student, or its deadline."""

    SUBMITTED = "submitted"
    DEADLINE = "deadline"


class AnswerPut(Schema):
    """An answer as it is now. `revision` counts the client's saves of it; what is not above the
    last is old, and left aside.
    """

    revision: Revision
    answer: Answer


class AnswerSaved(Schema):
    """Which revision of an answer the server holds, and until when it takes others."""

    question_id: UUID
    revision: int
    deadline: datetime
    server_time: datetime


class FinalAnswer(AnswerPut):
    """An answer that is handed in along with the end."""

    question_id: UUID


class Submission(Schema):
    """The end of an attempt, with answers that are not saved yet."""

    answers: Annotated[list[FinalAnswer], Field(max_length=MOST_QUESTIONS, default_factory=list)]


class Voiding(Schema):
    """Why an attempt is declared void; the student is shown it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PLAIN)]


class AttemptOut(Schema):
    """An attempt. `number` counts a student's that are not void. `score` is for who teaches or
    helps, null for all others, and while `unmarked` questions wait for a person.
    """

    id: UUID
    assessment_id: UUID
    study_session_id: UUID
    student_id: UUID
    number: int
    state: AttemptState
    started_at: datetime
    deadline: datetime
    closed_at: datetime | None
    ending: Ending | None
    void_reason: str | None
    score: Decimal | None
    unmarked: int | None


class SavedAnswer(Schema):
    """An answer as the server holds it."""

    question_id: UUID
    revision: int
    answer: Answer
    saved_at: datetime


class AttemptDetail(AttemptOut):
    """An attempt with its paper and its answers; the clock by which it ends is `server_time`'s."""

    server_time: datetime
    questions: list[PaperQuestion]
    answers: list[SavedAnswer]
