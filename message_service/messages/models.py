"""A message as it is stored, and one on its way to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Name(NamedTuple):
    """What makes a message the same one when it is sent again."""

    conversation_id: UUID
    sender_id: UUID
    client_msg_id: UUID


@dataclass(frozen=True, slots=True)
class Reaction:
    """How many people have reacted to a message by this emoji."""

    emoji: str
    count: int


@dataclass(frozen=True, slots=True)
class Message:
    """`seq` counts from 1 in its conversation; `client_msg_id` is the sender's name for it.

    `version` is 0 until something changes; then it is the number of the conversation's change. A
    deleted message is a tombstone: it keeps its number and says nothing more.
    """

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID
    client_msg_id: UUID
    body: str
    sent_at: datetime
    reply_to: int | None = None
    mentions: tuple[UUID, ...] = ()
    version: int = 0
    edits: int = 0
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None
    reactions: tuple[Reaction, ...] = ()

    @property
    def name(self) -> Name:
        """By which a repeat is known."""
        return Name(self.conversation_id, self.sender_id, self.client_msg_id)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that waits for its number; `sender_id` comes from the token."""

    conversation_id: UUID
    sender_id: UUID
    client_msg_id: UUID
    body: str
    traceparent: str
    reply_to: int | None = None
    mentions: tuple[UUID, ...] = ()

    @property
    def name(self) -> Name:
        """By which a repeat is known."""
        return Name(self.conversation_id, self.sender_id, self.client_msg_id)


@dataclass(frozen=True, slots=True)
class News:
    """New messages of one conversation, and whose sockets are to show them."""

    member_ids: tuple[UUID, ...]
    messages: tuple[Message, ...]
