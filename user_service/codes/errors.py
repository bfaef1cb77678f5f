"""What can go wrong with codes and grants."""

from libs.errors import BadRequest


class CodeRefused(BadRequest):
    """This code is wrong, used, too old, or was tried too often: ask for a new one."""

    code = "code_refused"


class GrantRefused(BadRequest):
    """This grant is used or has expired: verify the address again."""

    code = "grant_refused"
