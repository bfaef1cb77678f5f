"""What clients send and get about holidays."""

from datetime import date, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from libs.schemas import Schema, ShortText

LONGEST = timedelta(days=366)
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]


class HolidayCreate(Schema):
    """Days without lessons, both included; `last_on` is `first_on` unless given."""

    name: ShortText
    first_on: Day
    last_on: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first_on <= self.end <= self.first_on + LONGEST:
            raise ValueError("last_on must not lie before first_on, nor more than a year after it")
        return self

    @property
    def end(self) -> date:
        """The last day."""
        return self.last_on or self.first_on


class HolidaysCreate(Schema):
    """A list of holidays, such as a school year's."""

    holidays: Annotated[list[HolidayCreate], Field(min_length=1, max_length=100)]


class HolidayOut(Schema):
    """Days without lessons."""

    id: UUID
    study_session_id: UUID
    name: str
    first_on: date
    last_on: date


class HolidaysOut(Schema):
    """Holidays that were added, and the lessons that they cancel."""

    holidays: list[HolidayOut]
    lesson_ids: list[UUID]


class HolidayRemovedOut(Schema):
    """The lessons that take place after all."""

    lesson_ids: list[UUID]
