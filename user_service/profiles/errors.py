"""What can go wrong with profiles."""

from libs.errors import NotFound


class ProfileNotFound(NotFound):
    """There is nobody with this code."""

    code = "profile_not_found"
