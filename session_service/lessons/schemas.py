"""What clients send and get about lessons."""

from enum import StrEnum


class LessonState(StrEnum):
    """To be held (or held); called off; or left out by a later rule of its series, and kept only
    for what hangs on it.
    """

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
