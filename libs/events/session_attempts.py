"""Events of session_service about attempts. No question, answer or point is in any of them."""

from typing import ClassVar, Literal
from uuid import UUID

from libs.events.session import SessionEvent


class AttemptEvent(SessionEvent):
    """Base: something that happened to a student's attempt at an assessment. `number` counts the
    student's attempts that are not void; `tutor_id` is the class's owner.
    """

    key_field: ClassVar[str] = "attempt_id"

    attempt_id: UUID
    assessment_id: UUID
    student_id: UUID
    tutor_id: UUID
    number: int


class AttemptStarted(AttemptEvent):
    """A student has begun an attempt."""

    type: ClassVar[str] = "studyzed.attempt.started"


class AttemptClosed(AttemptEvent):
    """An attempt is over: its student has handed it in, or its deadline has come."""

    type: ClassVar[str] = "studyzed.attempt.closed"

    ending: Literal["submitted", "deadline"]


class AttemptVoided(AttemptEvent):
    """A tutor has declared an attempt void: its student may try once more."""

    type: ClassVar[str] = "studyzed.attempt.voided"
