"""What can go wrong with personal access tokens."""

from libs.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized


class TokenNotFound(NotFound):
    """There is no such token of yours, or it is revoked."""

    code = "token_not_found"


class TooManyTokens(Conflict):
    """There are as many tokens as an account may have: revoke one first."""

    code = "too_many_tokens"


class ScopesNotForAdmins(Forbidden):
    """An admin's token may read only: writing needs a login of the admin's own."""

    code = "scopes_not_for_admins"


class TokenRefused(Unauthorized):
    """This personal access token is unknown, revoked, or has expired."""

    code = "token_refused"


class ScopeRefused(BadRequest):
    """This token does not have the scopes that are asked for, or has none left."""

    code = "scope_refused"
