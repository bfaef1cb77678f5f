"""Statistics of tests' questions, and whether they are being counted."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.item_statistics.schemas import RESAMPLES, RULE, Results, StatisticsState

PATIENCE = timedelta(minutes=10)
"""A job that was asked for so long ago may be dead: whoever asks again is heard."""


class ItemStatistics(Base):
    """Of one assessment: aggregates, no person. `facts` is what its marks and keys were when they
    were read, as one text; `asked_at` is when the newest job was asked for.
    """

    __tablename__ = "item_statistics"

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    facts: Mapped[str | None] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    seed: Mapped[int | None] = mapped_column(BigInteger)
    resamples: Mapped[int | None]
    students: Mapped[int | None]
    waiting: Mapped[int | None]
    questions: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))

    def needs(self, facts: str, now: datetime) -> bool:
        """Whether there is any sense in a job: not while one is on its way, nor when the same
        numbers would come again.
        """
        if self.state == StatisticsState.QUEUED:
            return now - self.asked_at >= PATIENCE
        return not self.is_current(facts)

    def is_current(self, facts: str) -> bool:
        """Whether they are counted from these facts by today's rule."""
        return self.computed_at is not None and (self.facts, self.rule) == (facts, RULE)

    def ask(self, now: datetime) -> None:
        """Notes that a job is on its way."""
        self.state, self.asked_at = StatisticsState.QUEUED.value, now

    def fill(self, results: Results, facts: str, seed: int, now: datetime) -> None:
        """Takes what was counted."""
        self.state, self.computed_at = StatisticsState.READY.value, now
        self.facts, self.rule, self.seed = facts, RULE, seed
        self.resamples, self.students = RESAMPLES, results.students
        self.questions = [one.model_dump(mode="json") for one in results.questions]
