"""What can go wrong with holds."""

from libs.errors import Conflict, Invalid, NotFound


class HoldNotFound(NotFound):
    """There is no such hold."""

    code = "hold_not_found"


class HoldClosed(Conflict):
    """This hold was captured or released before, or its time is over."""

    code = "hold_closed"


class HoldDiffers(Conflict):
    """Under this reference another sum, or somebody else's, is held."""

    code = "hold_differs"


class CaptureTooHigh(Invalid):
    """More than is held cannot be captured."""

    code = "capture_too_high"
