"""What notifications about assessments are about; see `templates`. They name no question, answer or
key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfAssessment(Template):
    moments: ClassVar[Mapping[str, str]] = {"opens": "opens_at", "closes": "closes_at"}

    study_session_id: UUID
    session_code: str
    assessment_id: UUID
    opens_at: datetime
    closes_at: datetime


class AssessmentSet(_OfAssessment):
    """To the students of a class: there is a test."""

    kind: ClassVar[str] = "assessment_set"


class AssessmentMoved(_OfAssessment):
    """It closes at another time."""

    kind: ClassVar[str] = "assessment_moved"
