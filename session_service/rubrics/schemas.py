"""What clients send and get about rubrics (S10)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from libs.schemas import PLAIN, LongText, Schema, ShortText
from session_service.grade_items.schemas import Points
from session_service.marks.schemas import Reason

Key = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[\w-]+$")]
Words = Annotated[str, StringConstraints(max_length=2_000, pattern=PLAIN)]


class Level(Schema):
    """One level of a criterion: `points`, or a range from `points` up to `up_to`."""

    key: Key
    title: ShortText
    description: Words = ""
    points: Points
    up_to: Points | None = None

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.up_to is not None and self.up_to < self.points:
            raise ValueError("`up_to` must not be below `points`")
        return self

    @property
    def high(self) -> Decimal:
        """The most that this level gives."""
        return self.points if self.up_to is None else self.up_to


class Criterion(Schema):
    """What is looked at: by levels, or in free form, with any points up to `maximum` and a note."""

    key: Key
    title: ShortText
    description: Words = ""
    levels: Annotated[list[Level], Field(max_length=12, default_factory=list)]
    maximum: Points | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.levels) == (self.maximum is not None):
            raise ValueError("a criterion has either levels or a maximum")
        if len({level.key for level in self.levels}) < len(self.levels):
            raise ValueError("each level has a key of its own")
        return self

    @property
    def most(self) -> Decimal:
        """The most that can be had."""
        highest = max((level.high for level in self.levels), default=Decimal(0))
        return highest if self.maximum is None else self.maximum

    def level(self, key: str) -> Level | None:
        """A level by its key."""
        return next((level for level in self.levels if level.key == key), None)


class RubricIn(Schema):
    """A rubric: at least one criterion, each with a key of its own."""

    title: ShortText
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if len({one.key for one in self.criteria}) < len(self.criteria):
            raise ValueError("each criterion has a key of its own")
        return self


class RubricOut(Schema):
    """A rubric of one's own, in its newest version, of so many points in all."""

    id: UUID
    version: int
    title: str
    points: Decimal
    criteria: list[Criterion]
    created_at: datetime


class ItemRubricPut(Schema):
    """Which of one's rubrics marks a work, in its newest version."""

    rubric_id: UUID


class ItemRubricOut(Schema):
    """By what a work is marked: the version stays as it was when it was chosen."""

    item_id: UUID
    rubric_id: UUID
    version: int
    title: str
    points: Decimal
    criteria: list[Criterion]


class Choice(Schema):
    """What a criterion comes to: a level, with points where it is a range; or free points. `points`
    null and no level: not marked yet.
    """

    criterion: Key
    level: Key | None = None
    points: Points | None = None
    note: LongText = ""


class RubricMarkPut(Schema):
    """A work marked by its rubric; criteria that are not named stay as they are."""

    choices: Annotated[list[Choice], Field(min_length=1, max_length=40)]
    comment: LongText | None = None
    reason: Reason = ""
