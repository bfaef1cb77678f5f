"""What can go wrong with join codes."""

from libs.errors import Conflict, NotFound


class JoinCodeUnknown(NotFound):
    """No class has this code."""

    code = "join_code_unknown"


class JoinCodeExpired(Conflict):
    """This code is too old: ask the tutor for a new one."""

    code = "join_code_expired"


class JoinCodeUsedUp(Conflict):
    """This code was used as often as it may be: ask the tutor for a new one."""

    code = "join_code_used_up"
