"""What clients send and get about logins."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from libs.schemas import PLAIN, Schema, ShortText
from user_service.accounts.schemas import AccountOut

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=PLAIN)]


class LoginCreate(Schema):
    """`identifier` is an e-mail address or a user name; `device` is shown in the list of logins."""

    identifier: Identifier
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]
    device: ShortText = "unknown device"


class Tokens(Schema):
    """A pair of tokens; `expires_in` is the access token's life in seconds (RFC 6749, section
    5.1).
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (the name of a scheme)
    expires_in: int
    refresh_token: str


class LoginOut(Tokens):
    """The tokens of a new login, and whose it is."""

    account: AccountOut


class Refresh(Schema):
    """The newest refresh token of a login."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
