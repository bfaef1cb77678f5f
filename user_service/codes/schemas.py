"""What clients send and get about codes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, EmailStr, StringConstraints

from libs.jobs import Job
from libs.schemas import Schema


def _short(email: str) -> str:
    if len(email) > 254:  # RFC 5321, section 4.5.3.1.3, less the brackets
        raise ValueError("an address has at most 254 characters")
    return email


Email = Annotated[EmailStr, AfterValidator(_short)]


Locale = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
]


Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class Purpose(StrEnum):
    """What a code or a grant is good for, and for nothing else."""

    SIGN_UP = "sign_up"
    PASSWORD_RESET = "password_reset"  # noqa: S105  (the name of a purpose)
    EMAIL_CHANGE_OLD = "email_change_old"
    EMAIL_CHANGE_NEW = "email_change_new"


Asked = Literal["sign_up", "password_reset"]
"""The purposes that anybody may ask a code for."""


class CodeCreate(Schema):
    """Where to send a code, and what for. `locale` is the mail's language, else `Accept-Language`
    is.
    """

    email: Email
    purpose: Asked = "sign_up"
    locale: Locale | None = None


class CodeSent(Schema):
    """Always the same answer, whoever the address belongs to."""

    message: str = "If this address can be used, a message is on its way."


class VerificationCreate(Schema):
    """A code as it was mailed."""

    email: Email
    purpose: Asked = "sign_up"
    code: Digits


class GrantOut(Schema):
    """Leave to do once, for the verified address, what the code was asked for."""

    grant: str
    expires_at: datetime


class SendCode(Job):
    """Mail a code that was asked for."""

    type: ClassVar[str] = "user.codes.send_code"

    code_id: UUID
