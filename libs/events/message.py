"""Events of message_service. Never a message's body."""

from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class MessageSent(Event):
    """A message is stored; `revision` is its sequence number in the conversation."""

    type: ClassVar[str] = "studyzed.message.sent"
    topic: ClassVar[str] = "message.events"
    key_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    message_id: UUID
    sender_id: UUID
    recipient_ids: tuple[UUID, ...]
