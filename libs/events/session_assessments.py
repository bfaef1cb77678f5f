"""Events of session_service about assessments. No question, key or answer is in any of them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class AssessmentEvent(SessionEvent):
    """Base: something that happened to an assessment. `tutor_id` is the class's owner."""

    assessment_id: UUID
    tutor_id: UUID
    opens_at: datetime
    closes_at: datetime


class AssessmentPublished(AssessmentEvent):
    """An assessment is there for the students of a class, from `opens_at` on."""

    type: ClassVar[str] = "studyzed.assessment.published"


class AssessmentRescheduled(AssessmentEvent):
    """A published assessment closes at another time; if it was closed, it is open again."""

    type: ClassVar[str] = "studyzed.assessment.rescheduled"


class AssessmentClosed(AssessmentEvent):
    """An assessment is over: by its time, or by its tutor."""

    type: ClassVar[str] = "studyzed.assessment.closed"
