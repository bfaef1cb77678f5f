"""What can go wrong with marks."""

from libs.errors import NotFound


class MarkNotFound(NotFound):
    """There is no mark yet, or it is none of yours to see."""

    code = "mark_not_found"
