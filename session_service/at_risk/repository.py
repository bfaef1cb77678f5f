"""What is known of each student of a class, as one statement. Permission is part of it.

Work and marks are read from the rows of progress, so only marks that are released count.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    Numeric,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from libs.hot_reads import Query, Row
from session_service.at_risk.rules import LESSONS, MARKS, WORKS
from session_service.attempts.models import Attempt
from session_service.attendance.models import Attendance
from session_service.attendance.schemas import AttendanceState
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import LessonState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.progress.facts import INSTANT, NOW, ONCE, facts
from session_service.progress.repository import Asked
from session_service.progress.schemas import SUBMITTED, Standing
from session_service.submissions.models import Submission
from session_service.tasks.models import Task

Value = ColumnElement[Any] | InstrumentedAttribute[Any]
_CLASS = bindparam("study_session_id", type_=Uuid())
_places = (
    select(
        Membership.study_session_id,
        Membership.student_id,
        Membership.student_code,
        Membership.approved_at,
    )
    .where(
        Membership.study_session_id == _CLASS,
        Membership.state == MembershipState.APPROVED.value,
        taught_by(bindparam("caller", type_=Uuid()), HELPERS, Membership.study_session_id),
    )
    .subquery("places")
)


def _newest(
    what: Value, kind: Any, by: tuple[Value, ...], of: ColumnElement[bool]
) -> ColumnElement[Any]:
    """Values of a group's rows that are so, newest first."""
    ordered = aggregate_order_by(what, *(one.desc() for one in by))
    return func.array_agg(ordered, type_=ARRAY(kind)).filter(of)


def _work() -> CTE:
    """Of each student: the work that was due, and the marks."""
    f = facts(_places).subquery("facts").c
    missed = or_(
        f.standing == Standing.MISSING.value,
        and_(f.standing == Standing.OVERDUE.value, ~f.closing),
    )
    decided = or_(missed, *(f.standing == one.value for one in SUBMITTED))
    scored = f.percent.is_not(None)
    due, counted = (f.due_at, f.item_id), (f.at, f.item_id)
    found = (
        select(
            f.student_id,
            _newest(f.due_at, INSTANT, due, decided).label("work_at"),
            _newest(missed, Boolean(), due, decided).label("work_missed"),
            _newest(f.due_at, INSTANT, due, missed).label("missed_at"),
            _newest(f.at, INSTANT, counted, scored).label("mark_at"),
            _newest(f.percent, Numeric(), counted, scored).label("percent"),
        )
        .group_by(f.student_id)
        .subquery("all_work")
        .c
    )
    return (
        select(
            *(found.student_id, found.missed_at),
            found.work_at[1:WORKS].label("work_at"),
            found.work_missed[1:WORKS].label("work_missed"),
            found.mark_at[1 : 2 * MARKS].label("mark_at"),
            found.percent[1 : 2 * MARKS].label("percent"),
        )
        .cte("work")
        .prefix_with(ONCE)
    )


def _lessons() -> CTE:
    """Of each student: the lessons that are over and from which the student is not excused."""
    by = (Lesson.starts_at, Lesson.id)
    absent = Attendance.state == AttendanceState.ABSENT.value
    counts = Attendance.state != AttendanceState.EXCUSED.value
    found = (
        select(
            Attendance.student_id,
            _newest(Lesson.starts_at, INSTANT, by, counts).label("lesson_at"),
            _newest(absent, Boolean(), by, counts).label("absent"),
        )
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .where(
            Attendance.study_session_id == _CLASS,
            Lesson.ends_at <= NOW,
            Lesson.state == LessonState.SCHEDULED.value,
        )
        .group_by(Attendance.student_id)
        .subquery("all_lessons")
        .c
    )
    return (
        select(
            found.student_id,
            found.lesson_at[1:LESSONS].label("lesson_at"),
            found.absent[1:LESSONS].label("absent"),
        )
        .cte("lessons")
        .prefix_with(ONCE)
    )


def _handed_in() -> CTE:
    """Of each student: when work of any kind came last, whatever becomes of it."""
    submitted = (
        select(Submission.student_id, Submission.received_at.label("at"))
        .join(Task, Task.id == Submission.task_id)
        .where(Task.study_session_id == _CLASS)
    )
    ended = select(Attempt.student_id, Attempt.closed_at.label("at")).where(
        Attempt.study_session_id == _CLASS, Attempt.voided_at.is_(None)
    )
    both = union_all(submitted, ended).subquery("both").c
    return (
        select(both.student_id, func.max(both.at).label("handed_in_at"))
        .group_by(both.student_id)
        .cte("handed_in")
        .prefix_with(ONCE)
    )


_work_of, _lessons_of, _handed_in_by = _work(), _lessons(), _handed_in()
_SIGNALS = Query(
    select(
        _places.c.student_id.label("id"),
        _places.c.student_code,
        Person.name.label("student_name"),
        _places.c.approved_at,
        _handed_in_by.c.handed_in_at,
        *(one for one in _work_of.c if one.key != "student_id"),
        *(one for one in _lessons_of.c if one.key != "student_id"),
    )
    .outerjoin(_work_of, _work_of.c.student_id == _places.c.student_id)
    .outerjoin(_lessons_of, _lessons_of.c.student_id == _places.c.student_id)
    .outerjoin(_handed_in_by, _handed_in_by.c.student_id == _places.c.student_id)
    .outerjoin(Person, Person.account_id == _places.c.student_id)
)


async def list_signals(asked: Asked) -> list[Row]:
    """A row for each student of a class in which the caller teaches or helps: lists of what is
    newest, or null for none.
    """
    return await _SIGNALS.all(asked.reads, **asked.values())
