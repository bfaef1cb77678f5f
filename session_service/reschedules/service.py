"""The rules of requests for another time (S28)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session_bookings import RescheduleDecided, RescheduleRequested
from libs.ids import new_id
from session_service.bookings import repository as booked
from session_service.bookings import service as bookings
from session_service.credits import service as credit_rules
from session_service.credits.models import Credit
from session_service.lessons import private
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.schemas import LessonState
from session_service.reschedules import repository
from session_service.reschedules.errors import CannotMove, LessonOver, RescheduleOpen
from session_service.reschedules.models import Reschedule
from session_service.reschedules.schemas import (
    Outcome,
    RescheduleAccept,
    RescheduleCreate,
    RescheduleState,
)
from session_service.study_sessions.models import StudySession


async def ask(
    session: AsyncSession, user: Principal, lesson_id: UUID, wanted: RescheduleCreate, now: datetime
) -> Reschedule:
    """A student asks for another time. Raises `LessonNotFound`, `LessonOver`, `RescheduleOpen`, or
    `CannotMove` for a proposal in the past.
    """
    found = await repository.find_attended(session, user, lesson_id)
    if found is None:
        raise LessonNotFound
    lesson, study_session = found
    if lesson.begun(now) or lesson.state != LessonState.SCHEDULED:
        raise LessonOver
    if wanted.proposed_at is not None and wanted.proposed_at <= now:
        raise CannotMove
    made = Reschedule(
        id=new_id(),
        study_session_id=study_session.id,
        lesson_id=lesson.id,
        student_id=user.account_id,
        proposed_at=wanted.proposed_at,
        reason=wanted.reason,
        state=RescheduleState.OPEN.value,
        note="",
        created_at=now,
        revision=1,
    )
    if not await repository.add(session, made):
        raise RescheduleOpen
    await outbox.publish(session, RescheduleRequested(**_about(made, study_session)))
    return made


async def withdraw(
    session: AsyncSession, user: Principal, reschedule_id: UUID, now: datetime
) -> Reschedule:
    """The student takes a request back. Raises `RescheduleNotFound` or `RescheduleClosed`."""
    found, _ = await repository.lock_own(session, user, reschedule_id)
    found.close(RescheduleState.WITHDRAWN, user.account_id, now)
    await session.flush()
    return found


async def decline(
    session: AsyncSession, user: Principal, reschedule_id: UUID, note: str, now: datetime
) -> Reschedule:
    """A teacher says no. Raises `RescheduleNotFound` or `RescheduleClosed`."""
    found, study_session = await repository.lock_taught(session, user, reschedule_id)
    found.close(RescheduleState.DECLINED, user.account_id, now)
    found.note = note
    return await _tell(session, found, study_session)


async def accept(
    session: AsyncSession, user: Principal, reschedule_id: UUID, wanted: RescheduleAccept,
    now: datetime,
) -> Reschedule:  # fmt: skip
    """A teacher says yes: the student's own lesson moves, or the student gets a make-up credit,
    and a lesson that was the student's alone is called off.

    Raises `RescheduleNotFound`, `RescheduleClosed`, `LessonOver`, `BookingClosed`, `CannotMove` or
    `SlotTaken`.
    """
    found, study_session = await repository.lock_taught(session, user, reschedule_id)
    found.close(RescheduleState.ACCEPTED, user.account_id, now)
    lesson = await repository.get_lesson(session, found.lesson_id)
    if lesson.begun(now) or lesson.state != LessonState.SCHEDULED:
        raise LessonOver
    if lesson.student_id is None:
        await _make_up(session, found, study_session, wanted.outcome, now)
    else:
        await _change_booking(session, found, wanted, now)
    found.grant(wanted.outcome, wanted.note)
    return await _tell(session, found, study_session)


async def _change_booking(
    session: AsyncSession, found: Reschedule, wanted: RescheduleAccept, now: datetime
) -> None:
    """A lesson of the student alone moves, or is called off, which gives a credit."""
    booking, study_session = await booked.lock_of_lesson(session, found.lesson_id)
    if wanted.outcome is Outcome.MOVED:
        if found.proposed_at is None:
            raise CannotMove
        await bookings.move_locked(session, booking, study_session, found.proposed_at, now)
        return
    lesson = await private.lock(session, found.lesson_id)
    if booking.cancelled_at is not None or lesson.begun(now):
        raise LessonOver
    assert found.decided_by is not None  # noqa: S101  (`close` has set it)
    farewell = bookings.Farewell(found.decided_by, found.reason, now)
    await bookings.call_off(session, booking, study_session, lesson, farewell)


async def _make_up(
    session: AsyncSession, found: Reschedule, study_session: StudySession, outcome: Outcome,
    now: datetime,
) -> None:  # fmt: skip
    """The class's lesson goes on; the student may book another one."""
    if outcome is Outcome.MOVED:
        raise CannotMove
    assert found.decided_by is not None  # noqa: S101  (`close` has set it)
    credit = Credit(
        id=new_id(),
        study_session_id=found.study_session_id,
        student_id=found.student_id,
        lesson_id=found.lesson_id,
        reason=found.reason,
        granted_by=found.decided_by,
        granted_at=now,
        expires_at=now + timedelta(days=credit_rules.GOOD_DAYS),
    )
    await credit_rules.grant(session, credit, study_session.session_code)


async def _tell(
    session: AsyncSession, found: Reschedule, study_session: StudySession
) -> Reschedule:
    await session.flush()
    event = RescheduleDecided(state=found.state, **_about(found, study_session))
    await outbox.publish(session, event)
    return found


def _about(found: Reschedule, study_session: StudySession) -> dict[str, object]:
    return {
        "study_session_id": found.study_session_id,
        "session_code": study_session.session_code,
        "reschedule_id": found.id,
        "lesson_id": found.lesson_id,
        "tutor_id": study_session.tutor_id,
        "student_id": found.student_id,
        "revision": found.revision,
    }
