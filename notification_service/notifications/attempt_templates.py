"""What notifications about attempts at tests are about; see `templates`. They name no question,
answer or point.
"""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfAttempt(Template):
    study_session_id: UUID
    session_code: str
    assessment_id: UUID
    attempt_id: UUID


class AttemptExpired(_OfAttempt):
    """To its student: the deadline has ended it."""

    kind: ClassVar[str] = "attempt_expired"


class AttemptAnnulled(_OfAttempt):
    """To its student: the tutor has declared it void."""

    kind: ClassVar[str] = "attempt_annulled"
