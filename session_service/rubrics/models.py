"""Rubrics: a tutor's own, in versions that never change, used for as many works as wanted."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class Rubric(Base):
    """A rubric of a tutor's; `version` is the newest."""

    __tablename__ = "rubrics"
    __table_args__ = (Index("ix_rubrics_owner_id", "owner_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    version: Mapped[int]
    created_at: Mapped[datetime]


class RubricVersion(Base):
    """What a rubric says in one version; rows are only added. `points` are those of all criteria
    together.
    """

    __tablename__ = "rubric_versions"

    rubric_id: Mapped[UUID] = mapped_column(ForeignKey("rubrics.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ItemRubric(Base):
    """By which version a work is marked."""

    __tablename__ = "item_rubrics"
    __table_args__ = (
        ForeignKeyConstraint(
            ["rubric_id", "version"], ["rubric_versions.rubric_id", "rubric_versions.version"]
        ),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("grade_items.id"), primary_key=True)
    rubric_id: Mapped[UUID]
    version: Mapped[int]
