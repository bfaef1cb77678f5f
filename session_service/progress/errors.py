"""What can go wrong with progress."""

from libs.errors import NotFound


class ProgressNotFound(NotFound):
    """There is no such student in the class, or none whose progress you may see."""

    code = "progress_not_found"
