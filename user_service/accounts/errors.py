"""What can go wrong with accounts."""

from libs.errors import Conflict, Invalid, NotFound


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


class EmailTaken(Conflict):
    """There is already an account with this address."""

    code = "email_taken"


class PasswordRefused(Invalid):
    """This password would be guessed: choose another one."""

    code = "password_refused"


class UsernameTaken(Conflict):
    """This user name is taken."""

    code = "username_taken"
