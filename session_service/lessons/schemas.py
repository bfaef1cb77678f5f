"""What clients send and get about lessons."""

from enum import StrEnum


class LessonState(StrEnum):
    """To be held (or held), or called off."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
