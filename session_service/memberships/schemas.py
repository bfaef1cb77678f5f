"""What clients send and get about memberships."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class MembershipState(StrEnum):
    """Asked for, or granted."""

    PENDING = "pending"
    APPROVED = "approved"


class MembershipCreate(Schema):
    """The code of the class to join."""

    join_code: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=PLAIN)]


class MembershipOut(Schema):
    """A membership as its student and the class's tutor see it."""

    id: UUID
    study_session_id: UUID
    student_id: UUID
    student_code: str
    state: MembershipState
    requested_at: datetime
    approved_at: datetime | None


class MemberOut(MembershipOut):
    """A membership in the tutor's list; the name is null until it has arrived from user_service."""

    student_name: str | None
