"""What this process remembers of conversations, so that a message need not wait for two reads.

A memory may be out of date, when another process has written meanwhile; then the numbers that are
given by it are taken, the store says so, and the transaction is repeated without it.
"""

from collections.abc import Iterable
from uuid import UUID

from message_service.conversations.models import Conversation
from message_service.conversations.schemas import Kind

MOST = 10_000


class Memory:
    """Conversations of two as they were after the last commit here: their members never change."""

    def __init__(self) -> None:
        self._known: dict[UUID, Conversation] = {}

    def take(self, conversation_ids: Iterable[UUID]) -> dict[UUID, Conversation]:
        """Gives what is remembered of these, and forgets it: whoever takes them writes to them."""
        found = {one: self._known.pop(one, None) for one in conversation_ids}
        return {one: conversation for one, conversation in found.items() if conversation}

    def keep(self, conversations: Iterable[Conversation]) -> None:
        """Remembers conversations as they are now, and forgets the oldest when it gets too many."""
        for one in conversations:
            if one.kind is not Kind.DIRECT:
                continue
            self._known.pop(one.id, None)
            self._known[one.id] = one
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def notice(self, conversation_id: UUID, seq: int) -> None:
        """There is a message of this number: what is older than it is forgotten."""
        known = self._known.get(conversation_id)
        if known is not None and known.seq < seq:
            del self._known[conversation_id]
