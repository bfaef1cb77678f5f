"""A message as it is stored, and one on its way to be."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """`seq` counts from 1 in its conversation; `client_msg_id` is the sender's name for it."""

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID
    client_msg_id: UUID
    body: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that waits for its number; `sender_id` comes from the token."""

    sender_id: UUID
    client_msg_id: UUID
    body: str
    traceparent: str

    @property
    def key(self) -> tuple[UUID, UUID]:
        """What makes it the same message when it is sent again."""
        return self.sender_id, self.client_msg_id
