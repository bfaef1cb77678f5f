"""What can go wrong with pictures."""

from libs.errors import Conflict, NotFound


class PictureNotFound(NotFound):
    """There is no such picture, or it is not yours."""

    code = "picture_not_found"


class PictureNotAwaited(Conflict):
    """The time for this upload is over: ask for another one."""

    code = "picture_not_awaited"
