"""What clients send and get about memberships."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class MembershipState(StrEnum):
    """Where a person stands in a class (S3). `pending` holds a seat until the tutor decides;
    `waiting` is on the wait list.
    """

    PENDING = "pending"
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    REMOVED = "removed"
    LEFT = "left"


SEATED = (MembershipState.PENDING, MembershipState.APPROVED)
"""Who holds a seat."""


class MembershipCreate(Schema):
    """The code of the class to join."""

    join_code: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=PLAIN)]


class Refusal(Schema):
    """What the student is told, if anything."""

    reason: Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)] = ""


class MembershipOut(Schema):
    """A membership as its student and the class's tutor see it. `reason` is the tutor's, for a
    decline or a removal.
    """

    id: UUID
    study_session_id: UUID
    student_id: UUID
    student_code: str
    state: MembershipState
    requested_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None
    reason: str | None


class MembershipPlace(MembershipOut):
    """A membership with its place in the wait list: 1 is the next; null unless it waits."""

    place: int | None


class MemberOut(MembershipOut):
    """A membership in the tutor's list; the name is null until it has arrived from user_service."""

    student_name: str | None


class WaitingOut(MembershipPlace):
    """A membership in the tutor's wait list."""

    student_name: str | None
