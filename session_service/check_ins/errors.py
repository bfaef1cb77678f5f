"""What can go wrong with checking in."""

from libs.errors import Conflict


class CheckInClosed(Conflict):
    """One checks in from a quarter of an hour before a lesson until its end."""

    code = "check_in_closed"


class CheckInCodeWrong(Conflict):
    """This is not the code that is shown now: look again."""

    code = "check_in_code_wrong"
