"""What clients send and get about codes."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, EmailStr, StringConstraints

from libs.jobs import Job
from libs.schemas import Schema


def _short(email: str) -> str:
    if len(email) > 254:  # RFC 5321, section 4.5.3.1.3, less the brackets
        raise ValueError("an address has at most 254 characters")
    return email


Email = Annotated[EmailStr, AfterValidator(_short)]


class CodeCreate(Schema):
    """Where to send a code."""

    email: Email


class CodeSent(Schema):
    """Always the same answer, whoever the address belongs to."""

    message: str = "If this address can be used, a message is on its way."


class VerificationCreate(Schema):
    """A code as it was mailed."""

    email: Email
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class GrantOut(Schema):
    """Leave to create one account for the verified address, once."""

    grant: str
    expires_at: datetime


class SendCode(Job):
    """Mail a code that was asked for."""

    type: ClassVar[str] = "user.codes.send_code"

    code_id: UUID
