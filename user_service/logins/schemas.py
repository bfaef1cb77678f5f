"""What clients send and get about logins."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema, ShortText
from user_service.accounts.schemas import AccountOut, TriedPassword
from user_service.proofs.schemas import Assertion, ChallengeToken, Kind, PasskeyOptions, Proof

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=PLAIN)]


class LoginCreate(Schema):
    """`identifier` is an e-mail address or a user name; `device` is shown in the list of logins.

    A client keeps the `device_id` that it made or was given, and the `device_token` that each
    account gave it, and sends them with every later login: then the owner hears of new ones only.
    """

    identifier: Identifier
    password: TriedPassword
    device: ShortText = "unknown device"
    device_id: UUID | None = None
    device_token: Annotated[str, StringConstraints(max_length=200)] | None = None


class Tokens(Schema):
    """A pair of tokens; `expires_in` is the access token's life in seconds (RFC 6749, section
    5.1).

    With the `scope` `user:enroll` the access token is an admin's who must add a second factor, and
    does nothing else; after that the next refresh gives a whole one.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (the name of a scheme)
    expires_in: int
    refresh_token: str
    scope: str | None = None


class LoginOut(Tokens):
    """The tokens of a new login, whose it is, and what its device is known by from now on."""

    account: AccountOut
    device_id: UUID
    device_token: str


class SecondFactorNeeded(Schema):
    """The password was right, and the account has a second factor: answer the `challenge` with one
    of `factors`. `passkey` is for `navigator.credentials.get()`.
    """

    challenge: str
    expires_at: datetime
    factors: list[Kind]
    passkey: PasskeyOptions | None


class LoginProof(Schema):
    """The second factor, for the challenge of a sign-in."""

    challenge: ChallengeToken
    proof: Proof


class PasskeyAsked(Schema):
    """A challenge for a sign-in by passkey alone; `options` are for
    `navigator.credentials.get()`.
    """

    challenge: str
    expires_at: datetime
    options: PasskeyOptions


class PasskeyLogin(Schema):
    """A passkey's answer. `device`, `device_id` and `device_token` are those of a login by
    password.
    """

    challenge: ChallengeToken
    credential: Assertion
    device: ShortText = "unknown device"
    device_id: UUID | None = None
    device_token: Annotated[str, StringConstraints(max_length=200)] | None = None


class LoginShown(Schema):
    """A signed-in device. `network` is a coarse one; `current` is the login that asks."""

    id: UUID
    device: str
    network: str
    created_at: datetime
    last_used_at: datetime
    current: bool


class Refresh(Schema):
    """The newest refresh token of a login."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
