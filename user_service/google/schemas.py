"""What clients send and get about a sign-in by Google."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from libs.schemas import Schema, ShortText

IdToken = Annotated[SecretStr, Field(min_length=1, max_length=8_192)]


class GoogleLoginCreate(Schema):
    """`id_token` is the credential that Google gave the client. The rest is as for a login by
    password.
    """

    id_token: IdToken
    device: ShortText = "unknown device"
    device_id: UUID | None = None
    device_token: Annotated[str, StringConstraints(max_length=200)] | None = None


class GoogleLinkCreate(Schema):
    """`id_token` as for a sign-in."""

    id_token: IdToken


class GoogleNonce(Schema):
    """What a client asks Google to put into the ID token."""

    nonce: str
    expires_at: datetime


class GoogleNewcomer(Schema):
    """Nobody has an account with this address yet: leave to create one with `POST /v1/accounts`,
    where the role is chosen, and what Google knows of the person.
    """

    grant: str
    expires_at: datetime
    email: str
    first_name: str
    last_name: str
