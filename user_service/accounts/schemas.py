"""What clients send and get about accounts."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints

from libs.auth import Role
from libs.schemas import LINE, PLAIN, Schema, ShortText
from user_service.accounts import zones
from user_service.accounts.passwords import LONGEST, SHORTEST, normalised
from user_service.codes.schemas import Locale as Locale
from user_service.consents.schemas import BirthDate, SignUpConsents


def _long_enough(password: SecretStr) -> SecretStr:
    if not SHORTEST <= len(normalised(password.get_secret_value())) <= LONGEST:
        raise ValueError(f"use {SHORTEST} to {LONGEST} characters")
    return password


def nfc(value: object) -> object:
    """Text in Unicode's composed form."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=zones.LONGEST, pattern=PLAIN)]
"""For `zones.taken`, which knows the time."""
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{5,40}$"), BeforeValidator(nfc)]
Password = Annotated[SecretStr, AfterValidator(_long_enough)]
"""A password that is chosen; spaces around it do not count, and it is hashed in NFC."""
TriedPassword = Annotated[SecretStr, Field(min_length=1, max_length=4 * LONGEST)]
"""A password that is tried; in another form of Unicode it may be longer."""
Name = Annotated[ShortText, BeforeValidator(nfc)]
LastName = Annotated[str, BeforeValidator(nfc), StringConstraints(max_length=200, pattern=LINE)]


class AccountCreate(Schema):
    """`grant` comes from a verified e-mail code. An admin is never made this way (R24).

    Clients that show texts to agree to send `consents`. Where there is an age gate, `birth_date`
    must be sent, and whoever is too young is refused.
    """

    grant: ShortText
    username: Username
    password: Password
    first_name: Name
    last_name: LastName = ""
    role: Literal["student", "tutor"]
    locale: Locale = "en"
    zone: ZoneName = "UTC"
    birth_date: BirthDate | None = None
    consents: SignUpConsents = Field(default_factory=list)


class AccountOut(Schema):
    """One's own account."""

    id: UUID
    user_code: str
    username: str
    email: str
    first_name: str
    last_name: str
    role: Role
    locale: str
    zone: str
    created_at: datetime
