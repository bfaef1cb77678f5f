"""What clients send and get about leaderboards (S31)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from libs.schemas import Schema


class Window(StrEnum):
    """Of what was due when: this week (from Monday, ISO 8601) or month in the class's zone, or
    ever.
    """

    WEEK = "week"
    MONTH = "month"
    ALL = "all"


class Place(Schema):
    """One student's place. Equal points share a rank, and the next rank is one more (dense)."""

    rank: int
    student_code: str
    student_name: str | None
    points: Decimal


class LeaderboardOut(Schema):
    """The first places of a class, and the caller's own (an observer's: the observed student's).

    `own` is null for who has no released marks in the window, and for who has opted out. Nobody is
    shown a place in the lower half but the own.
    """

    window: Window
    since: date | None
    until: date | None
    places: list[Place]
    own: Place | None
    opted_out: bool


class OptOutPut(Schema):
    """Whether the caller is hidden from a class's leaderboard."""

    opted_out: bool
