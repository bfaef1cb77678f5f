"""What clients send and get about conversations."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from libs.schemas import Schema, ShortText


class Kind(StrEnum):
    """Of two people, of a class, or of a class where moderators alone write."""

    DIRECT = "direct"
    CLASS = "class"
    ANNOUNCEMENTS = "announcements"


class ConversationOpen(Schema):
    """Names the other person, by exactly one of the two."""

    account_id: UUID | None = None
    user_code: ShortText | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.account_id is None) == (self.user_code is None):
            raise ValueError("give either account_id or user_code")
        return self


class Member(Schema):
    """A person in a conversation; the code is null until this service has heard of it."""

    account_id: UUID
    user_code: str | None


class ConversationOut(Schema):
    """A conversation; `last_seq` is its last message's number, `read_up_to` the caller's own. It is
    `open` while its members share a class that is not over; a closed one can only be read.

    `unread` are messages of others after that, without deleted ones (of the last 1,000 messages),
    `mentions` those among them that mention the caller. `version` is the number of the last change
    of a message, 0 when there is none.

    A class has two channels, of kind `class` and `announcements`; their members are a list of their
    own, and `members` is empty. They are open until the class is over. `moderator` says whether the
    caller moderates.
    """

    id: UUID
    kind: Kind
    study_session_id: UUID | None
    members: list[Member]
    member_count: int
    moderator: bool
    frozen: bool
    last_seq: int
    read_up_to: int
    unread: int
    mentions: int
    version: int
    open: bool
    created_at: datetime


Seq = Annotated[int, Field(ge=0, lt=2**53)]
"""A message's number; small enough for JavaScript, where numbers are doubles."""


class ReadUpdate(Schema):
    """How far the caller has read; a smaller number than before changes nothing."""

    read_up_to: Seq


class ReadOut(Schema):
    """How far the caller has read now."""

    read_up_to: int


class ReceiptOut(Schema):
    """How far somebody else has read."""

    account_id: UUID
    read_up_to: int


class ReceiptsOut(Schema):
    """Of the other members, those who let it be seen; nobody for whom does not let it be seen."""

    items: list[ReceiptOut]


class ReadFrame(BaseModel):
    """How far somebody has read: shown to the other member if both let it be seen, and to their own
    other sockets.
    """

    type: Literal["read"] = "read"
    conversation_id: UUID
    account_id: UUID
    read_up_to: int
