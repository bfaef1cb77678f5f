"""Attempts at assessments, their answers, and the points of each question."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.attempts.errors import AttemptRunning, AttemptVoided
from session_service.attempts.schemas import AttemptState, Ending
from session_service.base import Base
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.question_rules.answers import Answer, AnyAnswer

ANSWER: TypeAdapter[AnyAnswer] = TypeAdapter(Answer)


class Attempt(Base):
    """One student's attempt. A student has one open attempt at a time, and none of the same number
    but void ones: so the constraints limit them. Answers are taken in before `takes_until`, which
    lies a network's allowance behind the deadline; what is over then is marked, at `marked_at`.
    `question_ids` are those of the paper that `seed` makes, in its order.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_open", "assessment_id", "student_id", unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "uq_attempts_number", "assessment_id", "student_id", "number", unique=True,
            postgresql_where=text("state <> 'voided'"),
        ),
        Index("ix_attempts_assessment_id", "assessment_id", "id"),
        Index("ix_attempts_student_id", "student_id", "id"),
        Index("ix_attempts_study_session_id", "study_session_id", "id"),
        Index("ix_attempts_due", "deadline", postgresql_where=text("state = 'open'")),
        Index(
            "ix_attempts_unmarked", "takes_until",
            postgresql_where=text("state = 'closed' AND marked_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    student_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    seed: Mapped[str] = mapped_column(Text)
    question_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    started_at: Mapped[datetime]
    deadline: Mapped[datetime]
    takes_until: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    ending: Mapped[str | None] = mapped_column(Text)
    marked_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[UUID | None]
    void_reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int]

    @property
    def is_open(self) -> bool:
        """Whether the student is at it."""
        return self.state == AttemptState.OPEN

    def takes(self, now: datetime) -> bool:
        """Whether answers are taken in still."""
        submitted = self.ending == Ending.SUBMITTED or self.state == AttemptState.VOIDED
        return not submitted and self.marked_at is None and now < self.takes_until

    def reschedule(self, deadline: datetime, allowance: timedelta) -> bool:
        """Moves the deadline of what is open; false if nothing changes."""
        if not self.is_open or deadline == self.deadline:
            return False
        self.deadline, self.takes_until = deadline, deadline + allowance
        self.revision += 1
        return True

    def submit(self, now: datetime) -> bool:
        """Ends it as its student, before its deadline; false if it is over already."""
        if not self.is_open:
            return False
        self._close(now, Ending.SUBMITTED)
        self.takes_until = now
        return True

    def is_due(self, now: datetime) -> bool:
        """Whether it is open and its deadline has come."""
        return self.is_open and now >= self.deadline

    def expire(self, now: datetime) -> bool:
        """Ends it by its deadline; false if it is over already, or not due."""
        if not self.is_due(now):
            return False
        self._close(self.deadline, Ending.DEADLINE)
        return True

    def _close(self, at: datetime, ending: Ending) -> None:
        self.state, self.closed_at, self.ending = AttemptState.CLOSED.value, at, ending.value
        self.revision += 1

    def waits_for_marking(self, now: datetime) -> bool:
        """Whether all is taken in and nothing is marked."""
        closed = self.state == AttemptState.CLOSED and self.marked_at is None
        return closed and self.takes_until <= now

    def check_marked(self) -> None:
        """Raises `AttemptVoided`, or `AttemptRunning` before it is marked."""
        if self.state == AttemptState.VOIDED:
            raise AttemptVoided
        if self.marked_at is None:
            raise AttemptRunning

    def void(self, by: UUID, reason: str, now: datetime) -> bool:
        """Declares it void; false if it is already."""
        if self.state == AttemptState.VOIDED:
            return False
        self.state, self.closed_at = AttemptState.VOIDED.value, self.closed_at or now
        self.voided_at, self.voided_by, self.void_reason = now, by, reason
        self.revision += 1
        return True


class AttemptAnswer(Base):
    """A student's answer to one question of a paper; `revision` is the client's."""

    __tablename__ = "attempt_answers"

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    question_id: Mapped[UUID] = mapped_column(
        ForeignKey("assessment_questions.id"), primary_key=True
    )
    revision: Mapped[int]
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]


class AttemptPart(Base):
    """The points of one question of one attempt: `points` are null while a person must give them.
    `marked_by` is null where the machine did it.
    """

    __tablename__ = "attempt_parts"
    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        Index(
            "ix_attempt_parts_unmarked", "question_id", "id",
            postgresql_where=text("points IS NULL"),
        ),
        Index("ix_attempt_parts_question_id", "question_id", "id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    question_id: Mapped[UUID] = mapped_column(ForeignKey("assessment_questions.id"))
    position: Mapped[int]
    points: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    maximum: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    source: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    marked_by: Mapped[UUID | None]
    marked_at: Mapped[datetime]

    @property
    def part(self) -> Part:
        """It as marks know it."""
        source = PartSource(self.source)
        return Part(str(self.question_id), self.points, self.maximum, source, self.rule, self.note)
