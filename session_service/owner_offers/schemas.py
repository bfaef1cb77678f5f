"""What clients send and get about changes of owner."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Schema


class OfferState(StrEnum):
    """Waits for the other, was answered, or was taken back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class OwnerOfferCreate(Schema):
    """Who is to own the class: a co-tutor, or any tutor."""

    user_code: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PLAIN)]


class OwnerOfferOut(Schema):
    """An offer to own a class, as its owner and the one who may accept it see it."""

    id: UUID
    study_session_id: UUID
    session_code: str
    study_session_name: str
    to_id: UUID
    to_code: str
    by_admin: bool = Field(description="Made by an admin for an owner who is blocked or leaving.")
    state: OfferState
    offered_at: datetime
    answered_at: datetime | None
