"""Questions of tutors' banks, and their versions."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.question_rules.contents import AnyContent, Content
from session_service.question_rules.keys import AnyKey, Key

CONTENT: TypeAdapter[AnyContent] = TypeAdapter(Content)
KEY: TypeAdapter[AnyKey] = TypeAdapter(Key)


class Question(Base):
    """A question of one tutor's bank; `number` is its newest version's."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_owner_id", "owner_id", "id"),
        Index("ix_questions_tags", "tags", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    number: Mapped[int]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    revision: Mapped[int]


class QuestionVersion(Base):
    """A question as it was at one time: never changed, since papers and marks refer to it."""

    __tablename__ = "question_versions"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    key: Mapped[dict[str, Any]] = mapped_column(JSONB)
    explanation: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    negative: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    @property
    def read_content(self) -> AnyContent:
        """What students see."""
        return CONTENT.validate_python(self.content)

    @property
    def read_key(self) -> AnyKey:
        """What is right."""
        return KEY.validate_python(self.key)
