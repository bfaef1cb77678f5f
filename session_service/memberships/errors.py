"""What can go wrong with memberships."""

from libs.errors import NotFound


class MembershipNotFound(NotFound):
    """There is no such membership, or it is none of yours."""

    code = "membership_not_found"


class JoinCodeUnknown(NotFound):
    """No class has this code."""

    code = "join_code_unknown"
