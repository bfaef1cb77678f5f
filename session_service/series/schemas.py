"""What clients send and get about series of lessons."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, LongText, Schema, ShortText
from session_service.lessons.schemas import ConflictOut, LocalStart, Minutes, WallTime
from session_service.series.recurrence import LONGEST
from session_service.study_sessions.schemas import Zone

RuleText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=PLAIN)]


class SeriesCreate(Schema):
    """Lessons to be: one, or as many as `rule` makes, an RRULE's value such as
    `FREQ=WEEKLY;BYDAY=MO,TH;COUNT=20`. `local_start` is the first one's wall time in `zone`.
    """

    study_session_id: UUID
    title: ShortText
    description: LongText = ""
    local_start: LocalStart
    zone: Zone
    rule: RuleText | None = None
    minutes: Minutes = 60
    refuse_conflicts: bool = False


class SeriesUpdate(Schema):
    """A change of many lessons: what is not named stays. `local_start` is the new wall time of the
    first lesson that changes; without a new `rule` the others move as it does. `rule: null` leaves
    this one lesson only.
    """

    title: ShortText | None = None
    description: LongText | None = None
    local_start: LocalStart | None = None
    zone: Zone | None = None
    rule: RuleText | None = None
    minutes: Minutes | None = None
    refuse_conflicts: bool = False

    @property
    def sets_times(self) -> bool:
        """Whether it says when the first lesson is held."""
        return any(one is not None for one in (self.local_start, self.zone, self.minutes))

    @property
    def sets_words(self) -> bool:
        """Whether it says what the first lesson is called."""
        return self.title is not None or self.description is not None


class SeriesOut(Schema):
    """A series as its people see it. One that was split off names the other in `previous_id`."""

    id: UUID
    study_session_id: UUID
    previous_id: UUID | None
    title: str
    description: str
    local_start: WallTime
    zone: str
    rule: str | None
    minutes: int
    created_at: datetime
    sequence: int


class SeriesChangedOut(Schema):
    """A series after a change: the lessons that were made or changed, in their order, those that
    its rule does not make any more, and what overlaps the first hundred.
    """

    series: SeriesOut
    lesson_ids: list[UUID]
    dropped_ids: list[UUID]
    conflicts: list[ConflictOut]
