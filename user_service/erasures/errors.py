"""What can go wrong with erasures."""

from libs.errors import Conflict, FieldProblem, Forbidden, Locked, NotFound


class ErasureHeld(Locked):
    """This account must not be erased now; the code of the one field says why."""

    code = "erasure_held"

    def __init__(self, reason: str = "legal") -> None:
        super().__init__(fields=[FieldProblem("", reason, "why the account is held")])


class ErasureNotScheduled(NotFound):
    """Nothing is going to be erased."""

    code = "erasure_not_scheduled"


class ErasureNotFound(NotFound):
    """There is no such erasure."""

    code = "erasure_not_found"


class HoldNotFound(NotFound):
    """This account is not held."""

    code = "hold_not_found"


class PasswordWrong(Forbidden):
    """This is not your password."""

    code = "password_wrong"


class AlreadyErased(Conflict):
    """This account is gone already."""

    code = "already_erased"
