"""What can go wrong with a change of address."""

from libs.errors import Conflict, NotFound


class EmailChangeNotFound(NotFound):
    """There is no such change of yours, a later one has taken its place, or it is done."""

    code = "email_change_not_found"


class EmailUnchanged(Conflict):
    """This is your address already."""

    code = "email_unchanged"
