"""What can go wrong with accounts."""

from libs.errors import Conflict, NotFound


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account_not_found"


class EmailTaken(Conflict):
    """There is already an account with this address."""

    code = "email_taken"


class UsernameTaken(Conflict):
    """This user name is taken."""

    code = "username_taken"
