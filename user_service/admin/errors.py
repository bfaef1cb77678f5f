"""What can go wrong when admins act on accounts."""

from libs.errors import Conflict, Invalid


class OwnAccount(Conflict):
    """An admin cannot do this to his own account: ask another admin."""

    code = "own_account"


class LastAdmin(Conflict):
    """This is the last active admin: make another one first."""

    code = "last_admin"


class NotViewable(Conflict):
    """The account of an admin, or one that is blocked, cannot be viewed."""

    code = "not_viewable"


class EndInPast(Invalid):
    """A block cannot end before it begins."""

    code = "end_in_past"


class SearchTooShort(Invalid):
    """Search for at least three letters or digits."""

    code = "search_too_short"
