"""A conversation as it is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from message_service.conversations.schemas import Kind

CHANNELS = (Kind.CLASS, Kind.ANNOUNCEMENTS)
"""What every class has."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`seq` is the last message's number, 0 when there is none.

    `touched` is the id of the last message (of the conversation itself before there is one); as a
    UUIDv7 it sorts conversations by activity. `version` counts the changes of messages: edits,
    deletions, reactions. The rest is of channels: who moderates, and whether the class is over.
    """

    id: UUID
    member_ids: tuple[UUID, ...]
    seq: int
    touched: UUID
    created_at: datetime
    version: int = 0
    kind: Kind = Kind.DIRECT
    study_session_id: UUID | None = None
    moderator_ids: tuple[UUID, ...] = ()
    ended: bool = False
    frozen: bool = False


class Unread(NamedTuple):
    """How many messages, and how many of them mention the reader."""

    messages: int = 0
    mentions: int = 0
