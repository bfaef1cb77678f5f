"""The rules of attendance (S-A13).

What the call tells is kept as it comes, in any order, and counted when the lesson is closed, a
quarter of an hour after its end; what comes later is counted then. A check-in counts at once. The
tutor's word counts from when it is given, and nothing but another word changes it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.message import CallAttended
from libs.events.session_attendance import (
    AttendanceCorrected,
    AttendanceEvent,
    AttendanceRecorded,
)
from libs.hot_reads import Row, RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.attendance import repository, rules
from session_service.attendance.errors import (
    AttendanceNotFound,
    LessonNotBegun,
)
from session_service.attendance.models import (
    Attendance,
    AttendanceCorrection,
    CallStay,
)
from session_service.attendance.repository import Held
from session_service.attendance.schemas import (
    AttendanceMark,
    AttendanceState,
    Source,
)
from session_service.lessons.errors import LessonNotScheduled
from session_service.lessons.schemas import LessonState
from session_service.study_sessions import repository as study_sessions


async def mark(
    session: AsyncSession,
    user: Principal,
    lesson_id: UUID,
    student_id: UUID,
    wanted: AttendanceMark,
) -> Row:
    """Takes the tutor's word, with its trail; the same word again is no news.

    Raises `LessonNotFound`, `LessonNotScheduled`, `LessonNotBegun`, `AttendanceNotFound` for
    somebody who is no student of the class, or `Invalid` for a change without a reason.
    """
    now: datetime = session.info["clock"].now()
    held = await repository.get_helped(session, user, lesson_id)
    check_held(held)
    if now < held.times.starts_at and wanted.state is not AttendanceState.EXCUSED:
        raise LessonNotBegun
    record, is_new = await _lock_one(session, held, student_id, now)
    before = None if is_new else record.state
    if not record.override or before != wanted.state:
        if before not in (None, wanted.state) and not wanted.reason:
            raise Invalid(fields=[FieldProblem("/reason", "missing", "say why it changes")])
        record.overrule(wanted.state, now)
        correction = AttendanceCorrection(
            id=new_id(),
            attendance_id=record.id,
            changed_by=user.account_id,
            changed_at=now,
            from_state=before,
            to_state=wanted.state.value,
        )
        await repository.add_correction(session, correction, student_id, wanted.reason)
        kind = AttendanceRecorded if is_new else AttendanceCorrected
        await outbox.publish(session, _event(kind, held, record))
    return await repository.show(session, user, record.id)


async def check_in(
    session: AsyncSession, held: Held, student_id: UUID, source: Source, now: datetime
) -> Attendance:
    """A student is there, as a code has shown; a repeat changes nothing. Raises
    `AttendanceNotFound` for somebody who is no student of the class.
    """
    record, is_new = await _lock_one(session, held, student_id, now)
    if record.check_in(now, source):
        changed = record.learn(rules.find(held.times, [], record.checked_in), now)
        if is_new or changed:
            await outbox.publish(session, _event(AttendanceRecorded, held, record))
    return record


async def attend(session: AsyncSession, event: CallAttended) -> None:
    """Keeps a stay in a lesson's call. Of people who are no students of the class, and of lessons
    that are not there any more, nothing is kept.
    """
    held = await repository.share(session, event.lesson_id)
    if held is None or not await repository.is_expected(session, event.account_id, held):
        return
    stay = CallStay(**event.model_dump())
    if await repository.save_stay(session, stay) and await repository.is_closed(
        session, held.lesson_id
    ):
        await _count(session, held, [event.account_id])


async def close(session: AsyncSession, lesson_id: UUID) -> None:
    """Counts what is known of a lesson's students; absent is of whom nothing is."""
    held = await repository.lock(session, lesson_id)
    if held is None or held.state != LessonState.SCHEDULED:
        return
    if await repository.is_closed(session, lesson_id):
        return
    await repository.close(session, lesson_id, session.info["clock"].now())
    await _count(session, held, await repository.list_expected(session, held))


async def list_of_lesson(
    reads: Reads, user: Principal, lesson_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a lesson's attendance. Raises `LessonNotFound`."""
    await repository.check_lesson(reads, user, lesson_id)
    return await repository.list_page(reads, user, page, lesson_id=lesson_id)


async def list_of_class(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    student_id: UUID | None,
    page: PageRequest,
) -> RowPage:
    """One page of a class's attendance, or of one student's in it. Raises
    `StudySessionNotFound`.
    """
    await study_sessions.get_for(reads, user, study_session_id)
    return await repository.list_page(
        reads, user, page, study_session_id=study_session_id, student_id=student_id
    )


async def list_corrections(
    reads: Reads, user: Principal, attendance_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a record's trail. Raises `AttendanceNotFound`."""
    await repository.check_visible(reads, user, attendance_id)
    return await repository.list_corrections(reads, user, attendance_id, page)


async def _count(session: AsyncSession, held: Held, students: Iterable[UUID]) -> None:
    """Finds anew what counts for these students, and for all who have a record if the lesson is
    closed just now.
    """
    now: datetime = session.info["clock"].now()
    wanted = set(students)
    new = await repository.ensure(session, held, wanted, now)
    stays = await repository.list_stays(session, held.lesson_id)
    told = []
    for record in await repository.lock_all(session, held.lesson_id):
        if record.student_id not in wanted:
            continue
        found = rules.find(held.times, stays.get(record.student_id, []), record.checked_in)
        changed = record.learn(found, now)
        if changed or record.student_id in new:
            told.append(_event(AttendanceRecorded, held, record))
    await session.flush()
    await outbox.publish(session, *told)


async def _lock_one(
    session: AsyncSession, held: Held, student_id: UUID, now: datetime
) -> tuple[Attendance, bool]:
    """A student's record, locked, and whether it was made just now. Raises
    `AttendanceNotFound`.
    """
    if not await repository.is_expected(session, student_id, held):
        raise AttendanceNotFound
    new = await repository.ensure(session, held, [student_id], now)
    [record] = await repository.lock_all(session, held.lesson_id, student_id)
    return record, bool(new)


def check_held(held: Held) -> None:
    """Raises `LessonNotScheduled`."""
    if held.state != LessonState.SCHEDULED:
        raise LessonNotScheduled


def _event(kind: type[AttendanceEvent], held: Held, record: Attendance) -> AttendanceEvent:
    return kind(
        study_session_id=held.study_session_id,
        session_code=held.session_code,
        attendance_id=record.id,
        lesson_id=held.lesson_id,
        student_id=record.student_id,
        state=record.state,
        revision=record.revision,
    )
