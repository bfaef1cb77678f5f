"""What can go wrong with approvals."""

from libs.errors import NotFound


class RejectionNotFound(NotFound):
    """There is no such class, it is not yours, or nobody has rejected it."""

    code = "rejection_not_found"
