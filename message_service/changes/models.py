"""A change as it is told."""

from dataclasses import dataclass
from uuid import UUID

from message_service.messages.models import Message


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed message, and whose sockets are to show it; nobody's if nothing has changed."""

    to: tuple[UUID, ...]
    message: Message
