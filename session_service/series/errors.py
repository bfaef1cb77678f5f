"""What can go wrong with series."""

from libs.errors import Conflict, NotFound


class SeriesNotFound(NotFound):
    """There is no such series of lessons, or it is none of yours."""

    code = "series_not_found"


class SeriesOver(Conflict):
    """This series has no lessons ahead."""

    code = "series_over"
