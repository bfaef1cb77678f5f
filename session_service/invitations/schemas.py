"""What clients send and get about invitations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Instant, Schema
from session_service.join_codes.schemas import UseLimit


class InvitationCreate(Schema):
    """An invitation to be. Without `expires_at` it is good for 30 days. Who comes by one that is
    pre-approved needs no approval any more, only a seat.
    """

    expires_at: Instant | None = None
    use_limit: UseLimit | None = None
    pre_approved: bool = False


class InvitationRow(Schema):
    """An invitation as it is kept."""

    id: UUID
    study_session_id: UUID
    pre_approved: bool
    expires_at: datetime
    use_limit: int | None
    uses: int
    created_at: datetime
    revoked_at: datetime | None


class InvitationOut(InvitationRow):
    """An invitation with its link, as who teaches the class sees it: the link is all that one
    needs to use it.
    """

    link: str


class InvitationToken(Schema):
    """What stands behind the # of an invitation's link."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PLAIN)]


class InvitationFace(Schema):
    """What a class shows to whoever has an invitation. `tutor_name` is null until it has arrived
    from user_service; `capacity` and `free_seats` are null without a limit.
    """

    class_name: str
    session_code: str
    tutor_name: str | None
    takes_students: Annotated[bool, Field(description="Whether one can join now.")]
    capacity: int | None
    free_seats: int | None
    waiting: int
    pre_approved: bool
    expires_at: datetime
