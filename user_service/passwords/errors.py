"""What can go wrong with a new password."""

from libs.errors import Conflict, Forbidden


class OldPasswordWrong(Forbidden):
    """This is not your present password."""

    code = "old_password_wrong"


class PasswordMissing(Conflict):
    """This account has no password yet: ask for a code to set one."""

    code = "password_missing"
