"""What S-A14 says, as one SELECT: a row for each student of a class and each column of its
gradebook. Every number of progress is counted from these rows and nothing else.

Of marks only those that are released are read, and of the others only that there is a work. A look
back reads work and marks as they were at the instant `now`, from the versions of the one and the
trail of the other; due times, policies and extensions are those of today, as no history of them is
kept. What is not released today is shown at no past moment either.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import LateralFromClause

from session_service.extensions.models import Extension
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ItemKind
from session_service.marks.models import RELEASED, Mark, MarkChange
from session_service.marks.schemas import MarkState
from session_service.progress.schemas import RowsOf, Standing, standings_of
from session_service.submissions.models import Submission
from session_service.tasks.models import Task

INSTANT = DateTime(timezone=True)
NOW = bindparam("now", type_=INSTANT)
SINCE = bindparam("since", type_=INSTANT)
UNTIL = bindparam("until", type_=INSTANT)
MINUTE: ColumnElement[Any] = literal_column("interval '1 minute'")
ONCE = "MATERIALIZED"
"""Of a CTE that is counted from facts and joined to something: else the planner, which takes a
class for one student, may count it anew for each row.
"""
WHOLE = 100
MARKING = 2
"""Minutes until attempts that a deadline has ended are marked for certain, a network's allowance
included: before that nobody who was at it counts as missing.
"""
_TASK = GradeItem.kind == ItemKind.TASK.value
_ASSESSMENT = GradeItem.kind == ItemKind.ASSESSMENT.value


class _Marked(NamedTuple):
    """The mark of a place, to be joined by `on`; `released_at` of what is shown."""

    source: FromClause
    on: ColumnElement[bool]
    work_id: ColumnElement[Any]
    excused: ColumnElement[bool]
    released: ColumnElement[bool]
    released_at: ColumnElement[Any]
    total: ColumnElement[Any]


def facts(places: FromClause, *, back: bool = False) -> Select[*tuple[Any, ...]]:
    """All facts of these places (columns `study_session_id`, `student_id`, `approved_at`); a place
    in a class without columns has one row, whose `item_id` is null. With `back`, as they were at
    the instant `now`.

    Columns: the ids, `kind`, `title`, `due_at` (the student's own), `submitted_at`, `at` (where in
    time it counts: when it is due, or else when its mark was released), `standing`, `percent` and
    `score`, which is what enters the average, `closing` (it is due, and may be on time still: its
    grace runs, or its attempt is being marked).
    """
    raw = _joined(places, back=back).subquery("raw")
    c = raw.c
    standing = case(
        (~c.assigned, Standing.NONE.value),
        (c.due_at > NOW, Standing.UPCOMING.value),
        (c.excused, Standing.EXCUSED.value),
        (and_(c.submitted, c.on_time), Standing.ON_TIME.value),
        (c.submitted, Standing.LATE.value),
        (c.cut_off_at < NOW, Standing.MISSING.value),
        else_=Standing.OVERDUE.value,
    )
    missing = standing == Standing.MISSING.value
    return select(
        *(c.study_session_id, c.student_id, c.item_id, c.kind, c.title, c.due_at, c.submitted_at),
        func.coalesce(c.due_at, c.released_at).label("at"),
        standing.label("standing"),
        c.percent,
        func.coalesce(c.percent, case((missing, literal_column("0.00")))).label("score"),
        and_(
            standing == Standing.OVERDUE.value,
            or_(c.graced_until >= NOW, c.kind == ItemKind.ASSESSMENT.value),
        ).label("closing"),
    )


def _joined(places: FromClause, *, back: bool) -> Select[*tuple[Any, ...]]:
    p, work = places.c, _newest(places, back=back)
    mark = _mark_then(places) if back else _mark(places)
    there = and_(
        GradeItem.study_session_id == p.study_session_id,
        GradeItem.created_at <= NOW if back else true(),
    )
    due_at = func.greatest(Extension.due_at, GradeItem.due_at)
    graced_until = due_at + func.coalesce(Task.grace_minutes, 0) * MINUTE
    submitted = case((_TASK, work.c.at.is_not(None)), else_=mark.work_id.is_not(None))
    excused = func.coalesce(mark.excused, false())
    shown = and_(mark.released, ~excused)
    in_time = or_(p.approved_at.is_(None), due_at > p.approved_at)
    return (
        select(
            *(p.study_session_id, p.student_id, GradeItem.id.label("item_id")),
            *(GradeItem.kind, GradeItem.title, due_at.label("due_at")),
            case((_TASK, work.c.at)).label("submitted_at"),
            graced_until.label("graced_until"),
            case(
                (_TASK, graced_until + Task.cut_off_minutes * MINUTE),
                (_ASSESSMENT, due_at + MARKING * MINUTE),
            ).label("cut_off_at"),
            submitted.label("submitted"),
            func.coalesce(
                and_(or_(_TASK, _ASSESSMENT), due_at.is_not(None), or_(submitted, in_time)), false()
            ).label("assigned"),
            or_(_ASSESSMENT, work.c.at <= graced_until).label("on_time"),
            excused.label("excused"),
            case((shown, mark.released_at)).label("released_at"),
            case(
                (and_(shown, GradeItem.points > 0), _percent(mark.total)),
                else_=null(),
            ).label("percent"),
        )
        .select_from(places)
        .outerjoin(GradeItem, there)
        .outerjoin(Task, Task.id == GradeItem.id)
        .outerjoin(
            Extension,
            and_(Extension.item_id == GradeItem.id, Extension.student_id == p.student_id),
        )
        .outerjoin(work, true())
        .outerjoin(mark.source, mark.on)
    )


def _percent(total: ColumnElement[Any]) -> ColumnElement[Any]:
    """Two places, half up: PostgreSQL rounds numerics half away from zero."""
    return func.round(total * WHOLE / GradeItem.points, 2)


def _mark(places: FromClause) -> _Marked:
    m = Mark.__table__
    on = and_(Mark.item_id == GradeItem.id, Mark.student_id == places.c.student_id)
    return _Marked(m, on, m.c.work_id, m.c.excused, RELEASED, m.c.released_at, m.c.total)


def _mark_then(places: FromClause) -> _Marked:
    """As the trail had it. A mark that was hidden and shown anew since was shown when it first
    was.
    """
    then = (
        select(
            *(MarkChange.work_id, MarkChange.excused, MarkChange.to_total),
            and_(RELEASED, MarkChange.to_state == MarkState.RELEASED.value).label("released"),
            func.least(Mark.released_at, MarkChange.changed_at).label("released_at"),
        )
        .join(Mark, Mark.id == MarkChange.mark_id)
        .where(
            Mark.item_id == GradeItem.id,
            Mark.student_id == places.c.student_id,
            MarkChange.changed_at <= NOW,
        )
        .order_by(MarkChange.number.desc())
        .limit(1)
        .correlate(GradeItem, places)
        .lateral("then")
    )
    c = then.c
    return _Marked(then, true(), c.work_id, c.excused, c.released, c.released_at, c.to_total)


def _newest(places: FromClause, *, back: bool) -> LateralFromClause:
    """When the newest version of a student's work was handed in, or what counts for that."""
    return (
        select(func.coalesce(Submission.counted_at, Submission.received_at).label("at"))
        .where(
            Submission.task_id == GradeItem.id,
            Submission.student_id == places.c.student_id,
            Submission.received_at <= NOW if back else true(),
        )
        .order_by(Submission.number.desc())
        .limit(1)
        .correlate(GradeItem, places)
        .lateral("work")
    )


def in_period(f: FromClause) -> ColumnElement[bool]:
    """That a fact lies in the period asked for."""
    return and_(f.c.at >= SINCE, f.c.at < UNTIL)


def is_of(f: FromClause, which: RowsOf) -> ColumnElement[bool]:
    """That a fact is one of those behind a number."""
    if which is RowsOf.SCORED:
        return f.c.score.is_not(None)
    return or_(*(f.c.standing == one.value for one in standings_of(which)))


def numbers(f: FromClause) -> list[ColumnElement[Any]]:
    """What progress is made of, for a group of facts: how many of each standing, and the mean of
    the scores.
    """
    counted = [
        func.count().filter(and_(in_period(f), is_of(f, which))).label(which.value)
        for which in RowsOf
    ]
    mean = func.avg(f.c.score).filter(in_period(f))
    return [*counted, func.round(mean, 2).label("average")]
