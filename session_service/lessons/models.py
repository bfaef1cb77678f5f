"""Lessons, and the series that make them.

A series keeps what people mean: a local time of day, an IANA zone and a rule. Its lessons keep what
clocks need: instants in UTC, worked out from the series (S-A2). A lesson's identity is its series
and `recurrence_id`, the local time at which the rule places it, also after it was moved (S-A3;
RFC 5545, section 3.8.4.4). Whatever hangs on a lesson refers to `id`, which no change of a series
takes away: a lesson that a new rule does not make any more is kept as `dropped`.

A lesson is the whole class's, or of one student with one teacher (`student_id`, `teacher_id`),
which `private` makes for those who book.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from libs import zones
from session_service.base import Base
from session_service.class_roles.models import Caller, observed_by, seen_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.errors import (
    LessonBegun,
    LessonBooked,
    LessonNotCancelled,
    LessonNotScheduled,
)
from session_service.lessons.schemas import LessonState

SAME_PLACE = "uq_lessons_series_id_recurrence_id"
"""Deferrable: a change of a rule gives one lesson the place that another has left."""


class Series(Base):
    """A rule that makes lessons; without `rule` it makes one. `local_start` is wall time in
    `zone`; `rule` is an RRULE's value (RFC 5545, section 3.3.10).

    Every place up to `expanded_to` (wall time, too) has been decided: its lesson was made, or was
    not and never will be. `finished` says that the rule has no places after that. `tzdata` is the
    release of the zones' database by which the lessons' instants were worked out. A series that
    was split off another one names it in `previous_id`.
    """

    __tablename__ = "lesson_series"
    __table_args__ = (
        Index("ix_lesson_series_unfinished", "expanded_to", postgresql_where=text("NOT finished")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson_series.id"))
    teacher_id: Mapped[UUID | None]
    student_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    minutes: Mapped[int]
    expanded_to: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    finished: Mapped[bool]
    tzdata: Mapped[str] = mapped_column(Text, index=True)
    created_at: Mapped[datetime]
    sequence: Mapped[int]
    revision: Mapped[int]

    def note_change(self) -> None:
        """Counts a change that its people see."""
        self.sequence += 1
        self.revision += 1


class Lesson(Base):
    """One lesson. `sequence` counts its changes for calendars (RFC 5545, section 3.8.7.4).

    `local_start` is the wall time in `zone` at which it is held; it differs from `recurrence_id`
    (wall time in the series' zone) once the lesson was moved. `moved` and `reworded` say that its
    time or its words were set for it alone: the series' do not replace them. A `holiday_id` names
    the holiday that cancels it.
    """

    __tablename__ = "lessons"
    __table_args__ = (
        UniqueConstraint(
            "series_id", "recurrence_id", name=SAME_PLACE, deferrable=True, initially="IMMEDIATE"
        ),
        Index("ix_lessons_study_session_id_starts_at", "study_session_id", "starts_at"),
        Index(
            "ix_lessons_hours_unchecked",
            "starts_at",
            postgresql_where=text("hours_checked_at IS NULL AND state = 'scheduled'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    series_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_series.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    teacher_id: Mapped[UUID | None] = mapped_column(index=True)
    student_id: Mapped[UUID | None] = mapped_column(index=True)
    recurrence_id: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    holiday_id: Mapped[UUID | None] = mapped_column(ForeignKey("class_holidays.id"), index=True)
    moved: Mapped[bool]
    reworded: Mapped[bool]
    hours_checked_at: Mapped[datetime | None]
    sequence: Mapped[int]
    revision: Mapped[int]

    def check_of_class(self) -> None:
        """Raises `LessonBooked` for a lesson of one student alone."""
        if self.student_id is not None:
            raise LessonBooked

    def begun(self, now: datetime) -> bool:
        """Whether it is held already, or over: then it never changes."""
        return self.starts_at <= now

    def check_ahead(self, now: datetime) -> None:
        """Raises `LessonBegun`."""
        if self.begun(now):
            raise LessonBegun

    def place(self, local_start: datetime, zone: str, minutes: int) -> bool:
        """Holds it at a wall time for so many minutes; returns whether an instant changed by it."""
        before = (self.starts_at, self.ends_at)
        self.local_start, self.zone = local_start, zone
        self.starts_at = zones.to_instant(local_start, zone)
        self.ends_at = self.starts_at + timedelta(minutes=minutes)
        if before != (self.starts_at, self.ends_at):
            self.hours_checked_at = None
            return True
        return False

    def check_scheduled(self) -> None:
        """Raises `LessonNotScheduled`."""
        if self.state != LessonState.SCHEDULED:
            raise LessonNotScheduled

    def cancel(self, now: datetime) -> None:
        """Calls it off. Raises `LessonBegun` or `LessonNotScheduled`."""
        self.check_ahead(now)
        self.check_scheduled()
        self.state = LessonState.CANCELLED.value
        self.note_change()

    def restore(self, now: datetime) -> None:
        """Lets it take place after all, also on a holiday. Raises `LessonBegun` or
        `LessonNotCancelled`.
        """
        self.check_ahead(now)
        if self.state != LessonState.CANCELLED:
            raise LessonNotCancelled
        self.state, self.holiday_id = LessonState.SCHEDULED.value, None
        self.note_change()

    def note_change(self) -> None:
        """Counts a change that its people see."""
        self.sequence += 1
        self.revision += 1

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


def visible_to(caller: Caller) -> ColumnElement[bool]:
    """That a lesson is of a class in which the caller teaches, helps, learns or observes; one of a
    student alone is that student's, and of those who teach, help or observe the student.
    """
    of = Lesson.study_session_id
    return and_(
        seen_by(caller, of),
        or_(
            Lesson.student_id.is_(None),
            Lesson.student_id == caller,
            taught_by(caller, HELPERS, of),
            observed_by(caller, of, Lesson.student_id),
        ),
    )
