"""What can go wrong with requests for another time."""

from libs.errors import Conflict, NotFound


class RescheduleNotFound(NotFound):
    """There is no such request, or it is none of yours."""

    code = "reschedule_not_found"


class RescheduleClosed(Conflict):
    """This request was answered or taken back."""

    code = "reschedule_closed"


class RescheduleOpen(Conflict):
    """You have asked about this lesson already."""

    code = "reschedule_open"


class LessonOver(Conflict):
    """This lesson has begun or is called off."""

    code = "lesson_over"


class CannotMove(Conflict):
    """Only a lesson of one student alone, with a proposal still ahead, can be moved."""

    code = "cannot_move"
