"""Events of message_service. Never a message's body."""

from datetime import datetime
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


class CallAttended(Event):
    """Somebody was in a lesson's call. `participant_id` names one stay of one device; a later
    `revision` says better when it began or ended. Instants are in UTC.
    """

    type: ClassVar[str] = "studyzed.call.attended"
    topic: ClassVar[str] = "message.events"
    key_field: ClassVar[str] = "participant_id"

    lesson_id: UUID
    account_id: UUID
    participant_id: UUID
    joined_at: datetime
    left_at: datetime
