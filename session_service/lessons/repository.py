"""Queries for lessons. Permission is part of every query."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Time,
    Uuid,
    bindparam,
    cast,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from libs.hot_reads import Query, Row, RowPage, columns_of
from libs.pagination import MAX_PAGE
from libs.postgres import Reads
from libs.timelines import TimelineQuery, TimePage
from session_service.class_roles.models import ClassRole, taught_by
from session_service.class_roles.schemas import ClassRoleState
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.hours import Pair
from session_service.lessons.models import Lesson, Series, visible_to
from session_service.lessons.schemas import LONGEST_MINUTES, LessonOut, LessonState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession, Taught

_CALLER = bindparam("caller", type_=Uuid())
_VISIBLE = select(*columns_of(Lesson, LessonOut)).where(visible_to(_CALLER))
_ONE = Query(_VISIBLE.add_columns(Lesson.revision).where(Lesson.id == bindparam("lesson_id")))
_FROM, _TO = (bindparam(name, type_=DateTime(timezone=True)) for name in ("start", "end"))
_BETWEEN = TimelineQuery(
    _VISIBLE.where(
        Lesson.state != LessonState.DROPPED.value,
        Lesson.starts_at < _TO,
        Lesson.starts_at > _FROM - timedelta(minutes=LONGEST_MINUTES),
        Lesson.ends_at > _FROM,
    ),
    Lesson.starts_at,
    Lesson.id,
    {"study_session_id": Lesson.study_session_id == bindparam("study_session_id")},
)


async def get_for(reads: Reads, user: Principal, lesson_id: UUID) -> Row:
    """A lesson that the caller may see, and its `revision`. Raises `LessonNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, lesson_id=lesson_id)
    if found is None:
        raise LessonNotFound
    return found


async def list_between(
    reads: Reads,
    user: Principal,
    study_session_id: UUID | None,
    between: tuple[datetime, datetime],
    page: TimePage,
) -> RowPage:
    """Lessons that the caller may see and that are held, or were to be, at some time between two
    instants; the first first.
    """
    return await _BETWEEN.time_page(
        reads,
        page,
        caller=user.account_id,
        study_session_id=study_session_id,
        start=between[0],
        end=between[1],
    )


async def lock_taught(
    session: AsyncSession, user: Principal, lesson_id: UUID
) -> tuple[Lesson, Taught]:
    """A lesson of a class that the caller teaches, locked. Raises `LessonNotFound` or
    `LessonBooked`.
    """
    row = (
        await session.execute(
            select(Lesson, StudySession)
            .join(StudySession, StudySession.id == Lesson.study_session_id)
            .where(
                Lesson.id == lesson_id,
                Lesson.state != LessonState.DROPPED.value,
                taught_by(user.account_id),
            )
            .with_for_update(of=Lesson)
        )
    ).first()
    if row is None:
        raise LessonNotFound
    lesson: Lesson = row[0]
    lesson.check_of_class()
    return lesson, of_class(row[1])


def of_class(study_session: StudySession) -> Taught:
    """What a tutor's acts need of a class."""
    return Taught(
        study_session_id=study_session.id,
        session_code=study_session.session_code,
        tutor_id=study_session.tutor_id,
        state=study_session.state,
        paused_at=study_session.paused_at,
    )


async def get_series(session: AsyncSession, series_id: UUID) -> Series:
    """The series of a lesson that was found with permission."""
    found = await session.get(Series, series_id)
    assert found is not None  # noqa: S101  (a foreign key keeps it)
    return found


async def list_told(
    session: AsyncSession, study_session_id: UUID, without: UUID | None
) -> tuple[UUID, ...]:
    """Who is told of a class's lessons beside its students; see `libs.events.session_lessons`."""
    owner = select(StudySession.tutor_id).where(StudySession.id == study_session_id)
    held = select(ClassRole.account_id).where(
        ClassRole.study_session_id == study_session_id,
        ClassRole.state == ClassRoleState.ACTIVE.value,
    )
    found = await session.scalars(union(owner, held))
    return tuple(sorted(one for one in found if one != without))


async def lock_unchecked(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Lesson]:
    """Some lessons between two instants whose hours nobody has looked at; locked."""
    found = await session.scalars(
        select(Lesson)
        .where(
            Lesson.hours_checked_at.is_(None),
            Lesson.state == LessonState.SCHEDULED.value,
            Lesson.starts_at > start,
            Lesson.starts_at <= end,
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(MAX_PAGE)
        .with_for_update()
    )
    return found.all()


async def list_pairs(session: AsyncSession, lessons: Sequence[Lesson]) -> list[Pair]:
    """Those of the lessons that a rule places at the same local time as the one before."""
    before = aliased(Lesson)
    last = (
        select(before)
        .where(
            before.series_id == Lesson.series_id,
            before.recurrence_id < Lesson.recurrence_id,
            before.state != LessonState.DROPPED.value,
        )
        .order_by(before.recurrence_id.desc())
        .limit(1)
        .lateral()
    )
    rows = await session.execute(
        select(
            Lesson.id, StudySession.id, StudySession.session_code, Lesson.revision,
            Lesson.starts_at, last.c.starts_at,
        )
        .join(StudySession, StudySession.id == Lesson.study_session_id)
        .join(last, cast(last.c.local_start, Time) == cast(Lesson.local_start, Time))
        .where(
            Lesson.id.in_([one.id for one in lessons]),
            last.c.zone == Lesson.zone,
            Lesson.moved.is_(False),
            last.c.moved.is_(False),
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )  # fmt: skip
    return [Pair(*row) for row in rows]


async def list_people(
    session: AsyncSession, study_session_ids: Collection[UUID]
) -> dict[UUID, dict[str, list[UUID]]]:
    """Everybody in these classes, by class and zone."""
    of = [
        select(StudySession.id, StudySession.tutor_id),
        select(Membership.study_session_id, Membership.student_id).where(
            Membership.state == MembershipState.APPROVED.value
        ),
        select(ClassRole.study_session_id, ClassRole.account_id).where(
            ClassRole.state == ClassRoleState.ACTIVE.value
        ),
    ]
    ids = list(study_session_ids)
    everybody = union(*(one.where(one.selected_columns[0].in_(ids)) for one in of)).subquery()
    class_id, account_id = everybody.c
    rows = await session.execute(
        select(class_id, Person.zone, account_id)
        .join(Person, Person.account_id == account_id)
        .order_by(class_id, Person.zone, account_id)
    )
    found: dict[UUID, dict[str, list[UUID]]] = {}
    for study_session_id, zone, account in rows:
        found.setdefault(study_session_id, {}).setdefault(zone, []).append(account)
    return found
