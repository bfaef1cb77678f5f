"""What can go wrong with memberships."""

from libs.errors import Conflict, NotFound


class MembershipNotFound(NotFound):
    """There is no such membership, or it is none of yours."""

    code = "membership_not_found"


class MembershipStateWrong(Conflict):
    """This cannot be done to a membership in its present state."""

    code = "membership_state_wrong"


class ClassFull(Conflict):
    """All seats of this class are taken: raise its capacity first."""

    code = "class_full"


class DeclinedLately(Conflict):
    """Your request was declined less than a day ago: ask again later."""

    code = "declined_lately"


class MembershipRemoved(Conflict):
    """You were removed from this class: only its tutor can let you in again."""

    code = "membership_removed"
