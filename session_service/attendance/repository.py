"""Queries for attendance. Permission is part of every query of a person's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.attendance.errors import AttendanceNotFound
from session_service.attendance.models import (
    Attendance,
    AttendanceCorrection,
    CallStay,
    ClosedLesson,
    CorrectionReason,
)
from session_service.attendance.rules import Span, Times
from session_service.attendance.schemas import AttendanceOut, AttendanceState, CorrectionOut
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.models import Lesson, visible_to
from session_service.lessons.schemas import LessonState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_HELPED = taught_by(_CALLER, HELPERS, Attendance.study_session_id)
VISIBLE = or_(
    _HELPED,
    and_(attended_by(_CALLER, Attendance.study_session_id), Attendance.student_id == _CALLER),
    observed_by(_CALLER, Attendance.study_session_id, Attendance.student_id),
)
"""All of a class for who teaches or helps, one's own, and those of the student one observes."""
NAME = case((_HELPED, Person.name), else_=None)
"""Of the student, for who teaches or helps."""
_SHOWN = (
    select(
        *columns_of(Attendance, AttendanceOut, without=["starts_at", "student_name"]),
        Lesson.starts_at,
        NAME.label("student_name"),
    )
    .join(Lesson, Lesson.id == Attendance.lesson_id)
    .outerjoin(Person, Person.account_id == Attendance.student_id)
    .where(VISIBLE)
)
_ONE = Query(_SHOWN.where(Attendance.id == bindparam("attendance_id")))
_PAGE = PageQuery(
    _SHOWN,
    Attendance.id,
    {
        "lesson_id": Attendance.lesson_id == bindparam("lesson_id"),
        "study_session_id": Attendance.study_session_id == bindparam("study_session_id"),
        "student_id": Attendance.student_id == bindparam("student_id"),
    },
)
_CORRECTIONS = PageQuery(
    select(
        *columns_of(AttendanceCorrection, CorrectionOut, without=["reason"]),
        CorrectionReason.reason,
    )
    .join(Attendance, Attendance.id == AttendanceCorrection.attendance_id)
    .outerjoin(CorrectionReason, CorrectionReason.correction_id == AttendanceCorrection.id)
    .where(Attendance.id == bindparam("attendance_id"), VISIBLE),
    AttendanceCorrection.id,
)


_OF_LESSON = Lesson.study_session_id
_LESSON = Query(select(Lesson.id).where(Lesson.id == bindparam("lesson_id"), visible_to(_CALLER)))


@dataclass(frozen=True, slots=True)
class Held:
    """A lesson as attendance needs it; `student_id` of one that a student has booked alone."""

    lesson_id: UUID
    study_session_id: UUID
    session_code: str
    student_id: UUID | None
    state: str
    times: Times


async def get_helped(session: AsyncSession, user: Principal, lesson_id: UUID) -> Held:
    """A lesson of a class in which the caller teaches or helps. Raises `LessonNotFound`."""
    return await _get(session, lesson_id, taught_by(user.account_id, HELPERS, _OF_LESSON))


async def get_attended(session: AsyncSession, user: Principal, lesson_id: UUID) -> Held:
    """A lesson of a class of which the caller is a student, not another one's own. Raises
    `LessonNotFound`.
    """
    me = user.account_id
    own = or_(Lesson.student_id.is_(None), Lesson.student_id == me)
    return await _get(session, lesson_id, and_(attended_by(me, _OF_LESSON), own))


async def _get(session: AsyncSession, lesson_id: UUID, allowed: ColumnElement[bool]) -> Held:
    found = await _find(session, select(Lesson, StudySession).where(allowed), lesson_id)
    if found is None:
        raise LessonNotFound
    return found


async def share(session: AsyncSession, lesson_id: UUID) -> Held | None:
    """A lesson, for events: nobody closes its attendance until this transaction ends."""
    statement = select(Lesson, StudySession).with_for_update(read=True, of=Lesson)
    return await _find(session, statement, lesson_id)


async def lock(session: AsyncSession, lesson_id: UUID) -> Held | None:
    """A lesson whose attendance is to be closed, locked."""
    statement = select(Lesson, StudySession).with_for_update(key_share=True, of=Lesson)
    return await _find(session, statement, lesson_id)


async def _find(session: AsyncSession, statement: Any, lesson_id: UUID) -> Held | None:
    joined = statement.join(StudySession, StudySession.id == _OF_LESSON)
    row = (await session.execute(joined.where(Lesson.id == lesson_id))).first()
    if row is None:
        return None
    lesson, study_session = row
    times = Times(
        lesson.starts_at,
        lesson.ends_at,
        study_session.attendance_percent,
        timedelta(minutes=study_session.late_minutes),
        timedelta(minutes=study_session.early_minutes),
    )
    code = study_session.session_code
    student_id = lesson.student_id
    return Held(lesson.id, study_session.id, code, student_id, lesson.state, times)


async def is_closed(session: AsyncSession, lesson_id: UUID) -> bool:
    """Whether a lesson's attendance is closed."""
    return await session.get(ClosedLesson, lesson_id) is not None


async def close(session: AsyncSession, lesson_id: UUID, now: datetime) -> None:
    """Notes that a lesson's attendance is closed."""
    session.add(ClosedLesson(lesson_id=lesson_id, closed_at=now))
    await session.flush()


async def list_to_close(
    session: AsyncSession, since: datetime, until: datetime, limit: int
) -> Sequence[UUID]:
    """Lessons that ended between two instants and are not closed, oldest first."""
    closed = select(ClosedLesson.lesson_id).where(ClosedLesson.lesson_id == Lesson.id)
    statement = (
        select(Lesson.id)
        .where(
            Lesson.state == LessonState.SCHEDULED.value,
            Lesson.ends_at > since,
            Lesson.ends_at <= until,
            ~closed.exists(),
        )
        .order_by(Lesson.ends_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_expected(session: AsyncSession, held: Held) -> Sequence[UUID]:
    """Students who were in the class when a lesson ended, and are still; of a lesson that one has
    booked this one.
    """
    statement = select(Membership.student_id).where(
        Membership.study_session_id == held.study_session_id,
        Membership.state == MembershipState.APPROVED.value,
        Membership.approved_at <= held.times.ends_at,
    )
    if held.student_id is not None:
        statement = statement.where(Membership.student_id == held.student_id)
    return (await session.scalars(statement)).all()


async def is_expected(session: AsyncSession, account_id: UUID, held: Held) -> bool:
    """Whether somebody is a student for whom a lesson is."""
    if held.student_id not in (None, account_id):
        return False
    found = await session.scalar(
        select(Membership.id).where(
            Membership.student_id == account_id,
            Membership.study_session_id == held.study_session_id,
            Membership.state == MembershipState.APPROVED.value,
        )
    )
    return found is not None


async def ensure(
    session: AsyncSession, held: Held, students: Iterable[UUID], now: datetime
) -> set[UUID]:
    """Makes a record for each student who has none in this lesson; returns whose are new."""
    blank = {
        "lesson_id": held.lesson_id, "study_session_id": held.study_session_id,
        "state": AttendanceState.ABSENT.value, "came_late": False, "left_early": False,
        "override": False, "updated_at": now, "revision": 1,
    }  # fmt: skip
    rows = [blank | {"id": new_id(), "student_id": one} for one in students]
    if not rows:
        return set()
    statement = insert(Attendance).values(rows).on_conflict_do_nothing()
    return set(await session.scalars(statement.returning(Attendance.student_id)))


async def lock_all(
    session: AsyncSession, lesson_id: UUID, student_id: UUID | None = None
) -> Sequence[Attendance]:
    """The records of a lesson, or one student's of them, locked."""
    statement = select(Attendance).where(Attendance.lesson_id == lesson_id)
    if student_id is not None:
        statement = statement.where(Attendance.student_id == student_id)
    found = await session.scalars(statement.order_by(Attendance.id).with_for_update())
    return found.all()


async def save_stay(session: AsyncSession, stay: CallStay) -> bool:
    """Keeps a stay in a call; false if it is known, or newer is."""
    values = {name: getattr(stay, name) for name in CallStay.__table__.columns.keys()}  # noqa: SIM118
    statement = insert(CallStay).values(values)
    saved = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=[CallStay.participant_id],
            set_=values,
            where=CallStay.revision < statement.excluded.revision,
        ).returning(literal(1))
    )
    return saved is not None


async def list_stays(session: AsyncSession, lesson_id: UUID) -> dict[UUID, list[Span]]:
    """All stays in a lesson's call, by account."""
    found: dict[UUID, list[Span]] = {}
    for stay in await session.scalars(select(CallStay).where(CallStay.lesson_id == lesson_id)):
        found.setdefault(stay.account_id, []).append((stay.joined_at, stay.left_at))
    return found


async def add_correction(
    session: AsyncSession, correction: AttendanceCorrection, student_id: UUID, reason: str
) -> None:
    """Adds to the trail."""
    session.add(correction)
    await session.flush()
    if reason:
        session.add(
            CorrectionReason(correction_id=correction.id, student_id=student_id, reason=reason)
        )
        await session.flush()


async def show(session: Transaction, user: Principal, attendance_id: UUID) -> Row:
    """A record as the caller may see it. Raises `AttendanceNotFound`."""
    rows = await _ONE.run(session, caller=user.account_id, attendance_id=attendance_id)
    if not rows:
        raise AttendanceNotFound
    return rows[0]


async def check_lesson(reads: Reads, user: Principal, lesson_id: UUID) -> None:
    """Raises `LessonNotFound` unless the caller has to do with the lesson's class."""
    if await _LESSON.first(reads, caller=user.account_id, lesson_id=lesson_id) is None:
        raise LessonNotFound


async def check_visible(reads: Reads, user: Principal, attendance_id: UUID) -> None:
    """Raises `AttendanceNotFound` unless the caller may see the record."""
    if await _ONE.first(reads, caller=user.account_id, attendance_id=attendance_id) is None:
        raise AttendanceNotFound


async def list_page(reads: Reads, user: Principal, page: PageRequest, **filters: Any) -> RowPage:
    """Records that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, **filters)


async def list_corrections(
    reads: Reads, user: Principal, attendance_id: UUID, page: PageRequest
) -> RowPage:
    """The trail of a record that the caller may see, newest first."""
    return await _CORRECTIONS.page(reads, page, caller=user.account_id, attendance_id=attendance_id)
