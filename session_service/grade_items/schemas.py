"""What clients send and get about the columns of a gradebook."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import LINE, Instant, Schema, ShortText

Points = Annotated[
    Decimal,
    Field(ge=0, le=10_000, max_digits=7, decimal_places=2),
    AfterValidator(lambda points: points.quantize(Decimal("0.01"))),
]
Category = Annotated[str, StringConstraints(max_length=60, pattern=LINE)]
"""A group of work with one weight; empty for none."""


class ItemKind(StrEnum):
    """What is marked. A manual item is marked by hand: nothing is handed in."""

    TASK = "task"
    ASSESSMENT = "assessment"
    MANUAL = "manual"


class ReleaseRule(StrEnum):
    """When students see their marks (S11): each at once, when a tutor releases them, or all
    together as soon as every student of the class is marked or excused.
    """

    AT_ONCE = "at_once"
    BY_HAND = "by_hand"
    WHEN_ALL_MARKED = "when_all_marked"


class GradeItemCreate(Schema):
    """A manual item, such as an oral exam."""

    title: ShortText
    points: Points = Decimal("10.00")
    category: Category = ""
    release: ReleaseRule = ReleaseRule.BY_HAND
    due_at: Instant | None = None
    position: Annotated[int, Field(ge=0, le=10_000)] = 0


class GradeItemUpdate(Schema):
    """What to change; of a task or an assessment only category, release and position."""

    title: ShortText | None = None
    points: Points | None = None
    category: Category | None = None
    release: ReleaseRule | None = None
    position: Annotated[int, Field(ge=0, le=10_000)] | None = None


class GradeItemOut(Schema):
    """A column of the gradebook; its `id` is that of the task or assessment. Nothing is taken in
    after `cut_off_at`, or after `due_at` where it is null.
    """

    id: UUID
    study_session_id: UUID
    kind: ItemKind
    title: str
    points: Decimal
    category: str
    release: ReleaseRule
    due_at: datetime | None
    cut_off_at: datetime | None
    position: int
