"""What attempts tell others: ids and codes, no answers, no points."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.session_attempts import AttemptClosed, AttemptStarted, AttemptVoided
from session_service.attempts.models import Attempt
from session_service.study_sessions.models import StudySession


async def started(session: AsyncSession, study_session: StudySession, attempt: Attempt) -> None:
    """An attempt has begun."""
    await outbox.publish(session, AttemptStarted(**_about(study_session, attempt)))


async def closed(session: AsyncSession, study_session: StudySession, attempt: Attempt) -> None:
    """An attempt is over."""
    about = _about(study_session, attempt)
    await outbox.publish(session, AttemptClosed(**about, ending=attempt.ending))


async def voided(session: AsyncSession, study_session: StudySession, attempt: Attempt) -> None:
    """An attempt counts nowhere any more."""
    await outbox.publish(session, AttemptVoided(**_about(study_session, attempt)))


def _about(study_session: StudySession, attempt: Attempt) -> dict[str, Any]:
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "tutor_id": study_session.tutor_id,
        "attempt_id": attempt.id,
        "assessment_id": attempt.assessment_id,
        "student_id": attempt.student_id,
        "number": attempt.number,
        "revision": attempt.revision,
    }
