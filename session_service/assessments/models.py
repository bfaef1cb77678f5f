"""Assessments, what they are made of, and the questions that are frozen in them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.assessments.errors import (
    AssessmentFrozen,
    AssessmentIsDraft,
    AssessmentNotOpen,
)
from session_service.assessments.papers import Asked
from session_service.assessments.schemas import AssessmentState, KeyRelease
from session_service.base import Base
from session_service.question_rules.contents import AnyContent
from session_service.question_rules.keys import AnyKey


class Assessment(Base):
    """A test of a class. `points` and `question_count` are those of every paper, once published."""

    __tablename__ = "assessments"
    __table_args__ = (
        Index("ix_assessments_study_session_id", "study_session_id", "id"),
        Index(
            "ix_assessments_closes_at", "closes_at", postgresql_where=text("state = 'published'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_limit_minutes: Mapped[int | None]
    attempt_limit: Mapped[int | None]
    cooldown_minutes: Mapped[int]
    counting: Mapped[str] = mapped_column(Text)
    shuffle_questions: Mapped[bool]
    shuffle_options: Mapped[bool]
    floor_at_zero: Mapped[bool]
    allowance_seconds: Mapped[int]
    release: Mapped[str] = mapped_column(Text)
    key_release: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    question_count: Mapped[int]
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int]

    @property
    def is_draft(self) -> bool:
        """Whether only those who teach and help see it."""
        return self.state == AssessmentState.DRAFT

    def check_draft(self) -> None:
        """Raises `AssessmentFrozen` once it is published."""
        if not self.is_draft:
            raise AssessmentFrozen

    def is_over(self, now: datetime) -> bool:
        """Whether the window has closed, or somebody has closed it; students with an extension may
        go on.
        """
        ended = self.closes_at is not None and now >= self.closes_at
        return self.state == AssessmentState.CLOSED or (not self.is_draft and ended)

    def check_open(self, now: datetime) -> None:
        """Raises `AssessmentNotOpen` unless it is published and its window is open; the moment of
        its closing is outside.
        """
        begun = self.opens_at is None or now >= self.opens_at
        if self.is_draft or not begun or self.is_over(now):
            raise AssessmentNotOpen

    def publish(self, now: datetime, points: Decimal, question_count: int) -> None:
        """Lets students see that it is there."""
        self.state, self.published_at = AssessmentState.PUBLISHED.value, now
        self.opens_at = self.opens_at or now
        self.points, self.question_count = points, question_count
        self.revision += 1

    def close(self, now: datetime) -> bool:
        """Ends it; false if it has ended already. Raises `AssessmentIsDraft`."""
        if self.is_draft:
            raise AssessmentIsDraft
        if self.state == AssessmentState.CLOSED:
            return False
        ended = now if self.closes_at is None else min(now, self.closes_at)
        self.state, self.closed_at = AssessmentState.CLOSED.value, ended
        self.revision += 1
        return True


def key_is_out(setting: str, *, marks_seen: bool, may_try: bool, all_over: bool) -> bool:
    """Whether a student may see the key (S16): `marks_seen` says that the own marks are released,
    `may_try` that the student is at it or can start once more, `all_over` that nobody is and nobody
    can, extensions included.
    """
    if setting == KeyRelease.WITH_MARKS:
        return marks_seen and not may_try
    return setting == KeyRelease.AFTER_CLOSE and all_over


class AssessmentItem(Base):
    """A fixed question, or a draw; frozen with the assessment."""

    __tablename__ = "assessment_items"
    __table_args__ = (UniqueConstraint("assessment_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    position: Mapped[int]
    question_id: Mapped[UUID | None] = mapped_column(ForeignKey("questions.id"), index=True)
    tag: Mapped[str | None] = mapped_column(Text)
    bank_id: Mapped[UUID]
    count: Mapped[int]
    points: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    negative: Mapped[Decimal] = mapped_column(Numeric(6, 2))


class AssessmentQuestion(Base):
    """A question that may come in a paper, frozen at publishing. `version_id` is what students see;
    `key_version_id`, the same at first, is by what they are marked: a corrected key is a later
    version's.
    """

    __tablename__ = "assessment_questions"
    __table_args__ = (UniqueConstraint("assessment_id", "question_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    item: Mapped[int]
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("question_versions.id"))
    key_version_id: Mapped[UUID] = mapped_column(ForeignKey("question_versions.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    negative: Mapped[Decimal] = mapped_column(Numeric(6, 2))


@dataclass(frozen=True, slots=True)
class Keyed:
    """A question of a published assessment as marking needs it."""

    asked: Asked
    key: AnyKey
    key_version_id: UUID
    key_number: int

    @property
    def content(self) -> AnyContent:
        """What the student saw."""
        return self.asked.content
