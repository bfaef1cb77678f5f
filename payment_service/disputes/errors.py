"""What can go wrong with disputes."""

from libs.errors import NotFound


class DisputeNotFound(NotFound):
    """There is no such dispute."""

    code = "dispute_not_found"
