"""What clients send and get about a change of address."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema
from user_service.codes.schemas import Digits, Email


class EmailChangeCreate(Schema):
    """The new address."""

    email: Email


class EmailChangeOut(Schema):
    """A change that waits for its two codes."""

    id: UUID
    email: str
    created_at: datetime


class Confirmation(Schema):
    """The code that the old address got, and the one that the new address got."""

    old_code: Digits
    new_code: Digits


class SendEmailChange(Job):
    """Mail the two codes of a change."""

    type: ClassVar[str] = "user.email_changes.send"

    change_id: UUID
