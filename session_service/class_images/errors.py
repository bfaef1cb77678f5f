"""What can go wrong with images of classes."""

from libs.errors import Conflict, NotFound


class ClassImageNotFound(NotFound):
    """There is no such image, or its class is not yours."""

    code = "class_image_not_found"


class ClassImageNotAwaited(Conflict):
    """The time for this upload is over: ask for another one."""

    code = "class_image_not_awaited"
