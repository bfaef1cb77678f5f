"""What makes an attempt's deadline: the window, and what its student is granted (S-A6)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from session_service.assessments.errors import AssessmentNotOpen
from session_service.assessments.models import Assessment
from session_service.attempts.models import Attempt
from session_service.attempts.rules import Grant, deadline, end_of_window
from session_service.extensions import repository as extensions


async def follow(session: AsyncSession, assessment: Assessment, attempt: Attempt) -> None:
    """Moves the deadline of an attempt, which is locked, to where window and grant have it now."""
    grant = await granted(session, assessment.id, attempt.student_id)
    ends, limit = window_end(assessment, grant), assessment.time_limit_minutes
    attempt.reschedule(deadline(attempt.started_at, ends, limit, grant), allowance(assessment))


async def granted(session: AsyncSession, assessment_id: UUID, student_id: UUID) -> Grant:
    """What a student is granted for an assessment."""
    return Grant(*await extensions.granted(session, assessment_id, student_id))


def window_end(assessment: Assessment, grant: Grant) -> datetime:
    """When the window of a published assessment ends for one student."""
    if assessment.closes_at is None:  # none is published like that
        raise AssessmentNotOpen
    return end_of_window(assessment.closes_at, assessment.closed_at, grant)


def allowance(assessment: Assessment) -> timedelta:
    """How long after the deadline answers may come in that were sent before."""
    return timedelta(seconds=assessment.allowance_seconds)
