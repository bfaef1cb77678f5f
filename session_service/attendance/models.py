"""Attendance: one record per lesson and student, what it was found from, and its corrections."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.attendance.rules import CheckedIn, Finding
from session_service.attendance.schemas import AttendanceState, Source
from session_service.base import Base

CLOSES_AFTER = timedelta(minutes=15)
"""So long after its end a lesson's attendance is closed: what the call tells has come by then."""
APPEND_ONLY = {"comment": "append-only"}
"""What provisioning reads: the services' role may not change or delete such a table's rows."""


class Attendance(Base):
    """One student's part in one lesson. An `override` is the tutor's word: what a call says later
    changes its minutes, never its state.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("lesson_id", "student_id"),
        Index("ix_attendance_study_session_id", "study_session_id", "id"),
        Index("ix_attendance_student_id", "student_id", "study_session_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    student_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    came_late: Mapped[bool]
    left_early: Mapped[bool]
    minutes: Mapped[int | None]
    source: Mapped[str | None] = mapped_column(Text)
    override: Mapped[bool]
    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]
    revision: Mapped[int]

    @property
    def checked_in(self) -> CheckedIn | None:
        """The student's check-in."""
        if self.checked_in_at is None or self.checked_in_by is None:
            return None
        return CheckedIn(self.checked_in_at, Source(self.checked_in_by))

    def check_in(self, at: datetime, source: Source) -> bool:
        """Notes the student's check-in; false if there was one."""
        if self.checked_in_at is not None:
            return False
        self.checked_in_at, self.checked_in_by = at, source.value
        return True

    def learn(self, found: Finding, now: datetime) -> bool:
        """Takes what counts now; returns whether the state changed. A tutor's word stays."""
        self.minutes = found.minutes
        if self.override:
            return False
        changed = self.state != found.state
        self.state, self.source = found.state.value, found.source and found.source.value
        self.came_late, self.left_early = found.came_late, found.left_early
        if changed:
            self.updated_at = now
            self.revision += 1
        return changed

    def overrule(self, state: AttendanceState, now: datetime) -> None:
        """Takes the tutor's word."""
        self.state, self.source, self.override = state.value, Source.TUTOR.value, True
        self.came_late = state is AttendanceState.LATE
        self.left_early = state is AttendanceState.LEFT_EARLY
        self.updated_at = now
        self.revision += 1


class CallStay(Base):
    """One stay of one device in a lesson's call, as message_service tells it; `revision` is the
    stay's.
    """

    __tablename__ = "call_stays"
    __table_args__ = (Index("ix_call_stays_lesson_id", "lesson_id", "account_id"),)

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    account_id: Mapped[UUID]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime]
    revision: Mapped[int]


class AttendanceCorrection(Base):
    """The tutor's word at one time. Rows are only added; why it was said stands beside, in words
    that an erasure may take away.
    """

    __tablename__ = "attendance_corrections"
    __table_args__ = (
        Index("ix_attendance_corrections_attendance_id", "attendance_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attendance_id: Mapped[UUID] = mapped_column(ForeignKey("attendance.id"))
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)


class CorrectionReason(Base):
    """Why a tutor corrected something."""

    __tablename__ = "attendance_reasons"

    correction_id: Mapped[UUID] = mapped_column(
        ForeignKey("attendance_corrections.id"), primary_key=True
    )
    student_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)


class ClosedLesson(Base):
    """A lesson that is over, and whose absent students are known."""

    __tablename__ = "attendance_closings"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    closed_at: Mapped[datetime]
