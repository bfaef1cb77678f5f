"""The rules of make-up credits (S28)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session_bookings import CreditGranted
from libs.ids import new_id
from session_service.credits import repository
from session_service.credits.errors import CreditGiven, CreditSpent
from session_service.credits.models import Credit
from session_service.credits.schemas import CreditCreate
from session_service.study_sessions import repository as study_sessions

GOOD_DAYS = 90
"""How long a credit is good that comes by itself; and how long, at least, one given back."""


async def create(
    session: AsyncSession, user: Principal, study_session_id: UUID, wanted: CreditCreate,
    now: datetime,
) -> Credit:  # fmt: skip
    """A teacher gives a credit. Raises `StudySessionNotFound`, `CreditGiven`, or `Invalid` for
    somebody who is no student, or a lesson that is none, of the class.
    """
    taught = await study_sessions.get_taught(session, user, study_session_id)
    if not await repository.is_student(session, wanted.student_id, study_session_id):
        raise Invalid(fields=[FieldProblem("/student_id", "not_a_member", "no student of yours")])
    if wanted.lesson_id is not None and not await repository.has_lesson(
        session, study_session_id, wanted.lesson_id
    ):
        raise Invalid(
            fields=[FieldProblem("/lesson_id", "not_of_class", "no lesson of this class")]
        )
    credit = Credit(
        id=new_id(),
        study_session_id=study_session_id,
        student_id=wanted.student_id,
        lesson_id=wanted.lesson_id,
        reason=wanted.reason,
        granted_by=user.account_id,
        granted_at=now,
        expires_at=now + timedelta(days=wanted.days),
    )
    if not await grant(session, credit, taught.session_code):
        raise CreditGiven
    return credit


async def grant(session: AsyncSession, credit: Credit, session_code: str) -> bool:
    """Gives a credit and says so; false if the student has one for this lesson."""
    if not await repository.add(session, credit):
        return False
    event = CreditGranted(
        study_session_id=credit.study_session_id,
        session_code=session_code,
        credit_id=credit.id,
        student_id=credit.student_id,
        granted_by=credit.granted_by,
        expires_at=credit.expires_at,
        revision=1,
    )
    await outbox.publish(session, event)
    return True


async def revoke(session: AsyncSession, user: Principal, credit_id: UUID, now: datetime) -> Credit:
    """A teacher takes a credit back that is not used; twice is no news. Raises `CreditNotFound` or
    `CreditSpent`.
    """
    credit = await repository.lock_taught(session, user, credit_id)
    if credit.booking_id is not None:
        raise CreditSpent
    credit.revoked_at = credit.revoked_at or now
    await session.flush()
    return credit
