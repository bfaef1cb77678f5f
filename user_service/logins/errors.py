"""What can go wrong with logins."""

from libs.errors import NotFound, TooMany, Unauthorized


class CredentialsRefused(Unauthorized):
    """User name or password is wrong."""

    code = "credentials_refused"


class LoginNotFound(NotFound):
    """There is no such login of yours, or it has ended."""

    code = "login_not_found"


class RefreshRefused(Unauthorized):
    """This login has ended: sign in again."""

    code = "refresh_refused"


class TooManyTries(TooMany):
    """Too many wrong passwords from here: wait a little."""

    code = "too_many_tries"
