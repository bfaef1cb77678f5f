"""What clients send and get about personal access tokens."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, StringConstraints, model_validator

from libs.schemas import Instant, Schema, ShortText
from user_service.tokens.scopes import Scope

TokenType = Literal["urn:ietf:params:oauth:token-type:access_token"]
GrantType = Literal["urn:ietf:params:oauth:grant-type:token-exchange"]
MAX_DAYS = 365


class TokenCreate(Schema):
    """A new token. It ends after `days`, or at `expires_at`: a year from now at most."""

    name: ShortText
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = None
    expires_at: Instant | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.days is None) == (self.expires_at is None):
            raise ValueError("give either days or expires_at")
        return self


class TokenOut(Schema):
    """A token of one's own. `last_used_at` is right to the minute."""

    id: UUID
    name: str
    scopes: list[Scope]
    last_four: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class TokenMade(TokenOut):
    """A new token with its secret, which is never shown again."""

    token: str


class ExchangeCreate(Schema):
    """A personal access token to be exchanged; names as in RFC 8693, section 2.1, in JSON. `scope`
    is a list with spaces between, and narrows what the access token may do.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    subject_token: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    subject_token_type: TokenType = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
    grant_type: GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"
    scope: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None


class Exchanged(Schema):
    """An access token of ten minutes at most; ask again when it has ended (RFC 8693, section
    2.2.1).
    """

    access_token: str
    issued_token_type: TokenType = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (the name of a scheme)
    expires_in: int
    scope: str
