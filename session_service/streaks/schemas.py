"""What clients get about streaks (S32)."""

from datetime import date
from uuid import UUID

from libs.schemas import Schema


class Streak(Schema):
    """Days in a row on which all work that was due came in time: from `since` to `until`, with the
    address of the work that was due in them. `days` is null, for no data, as long as no day counts
    at all; it is 0, without first and last day, where the newest day that counts broke it.
    """

    days: int | None
    since: date | None = None
    until: date | None = None
    rows: str | None = None


class StreaksOut(Schema):
    """Streaks are counted in days of the class's zone, by the student's own due times. A day adds
    one if some work was due and all of it was handed in in time; late or missing work breaks; days
    without work that is due, and excused work, do neither. `waits`: some work that is due today, or
    in its grace still, is not decided yet, and its day counts once it is. `broken_on` is the newest
    day that broke a streak.
    """

    current: Streak
    longest: Streak
    broken_on: date | None
    waits: bool


class StudentStreaks(StreaksOut):
    """One student's streaks in a class; `id` is the student's."""

    id: UUID
    student_code: str
    student_name: str | None
