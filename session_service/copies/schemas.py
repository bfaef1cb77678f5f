"""What clients send and get about copies of classes."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from libs.schemas import Schema, ShortText
from session_service.study_sessions.schemas import StudySessionOut

MOST_DAYS = 1_100


class StudySessionCopyCreate(Schema):
    """A class for the next term: so many days later, or with its first date on a day. Without
    `name` it keeps that of the old one.
    """

    name: ShortText | None = None
    shift_days: Annotated[int | None, Field(ge=1, le=MOST_DAYS)] = None
    starts_on: date | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.shift_days is None) is (self.starts_on is None):
            raise ValueError("either shift_days or starts_on")
        return self

    @property
    def pointer(self) -> str:
        """The field that says how far dates are shifted."""
        return "/starts_on" if self.shift_days is None else "/shift_days"


class StudySessionCopyOut(Schema):
    """The new class, how far its dates are from the old one's, and how much was copied. What could
    not be copied is named by the old one's ids: files, whose bytes belong to the old class, and
    series whose rules name days or weeks of months, which a shift does not keep.
    """

    study_session: StudySessionOut
    shift_days: int
    folders: int
    materials: int
    tasks: int
    series: int
    left_out_material_ids: list[UUID]
    left_out_series_ids: list[UUID]
