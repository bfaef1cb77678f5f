"""What can go wrong with marks."""

from libs.errors import Conflict, NotFound


class MarkNotFound(NotFound):
    """There is no mark yet, or it is none of yours to see."""

    code = "mark_not_found"


class StudentNotFound(NotFound):
    """There is no such student in this class."""

    code = "student_not_found"


class MarkReleasedAlready(Conflict):
    """This mark is shown already."""

    code = "mark_released_already"
