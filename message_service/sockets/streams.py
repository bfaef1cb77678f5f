"""What a socket has been sent of a conversation."""

from dataclasses import dataclass

from message_service.conversations.models import Conversation


@dataclass(slots=True)
class Stream:
    """A conversation on this socket: sent up to `sent`, known to exist up to `known`; of changes up
    to `version` and `changes`.

    `held`: older messages are being sent, or `resume` is awaited, so hints only raise what is
    known.
    """

    sent: int
    known: int
    held: bool
    version: int = 0
    changes: int = 0

    @property
    def behind(self) -> bool:
        """Whether something is missing."""
        return self.sent < self.known or self.version < self.changes

    def stand(self, conversation: Conversation, after: int, version: int) -> None:
        """Sets it to what the client has; the conversation says what there is."""
        self.sent, self.known = after, max(self.known, conversation.seq)
        self.version, self.changes = version, max(self.changes, conversation.version)
