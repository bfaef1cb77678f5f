"""What can go wrong with marking by hand."""

from libs.errors import NotFound


class PartNotFound(NotFound):
    """There is no such question in this attempt, or it is not marked by rule yet."""

    code = "part_not_found"
