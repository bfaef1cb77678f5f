"""The history of a conversation: pages by number in both directions, and jumps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.mongo import MongoSession
from message_service.conversations import repository as conversations
from message_service.conversations.errors import ChannelLeft
from message_service.messages import repository
from message_service.messages.models import Message
from message_service.messages.schemas import MessageOut, MessagePage, MessageShown


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages: the first that counts of after, around and before a number, and at an
    instant; the newest when all are missing.
    """

    before_seq: int | None = None
    after_seq: int | None = None
    around_seq: int | None = None
    at: datetime | None = None
    limit: int = 50

    def bounds(self, last: int) -> tuple[int, int]:
        """First and last number, where the conversation's last is `last`."""
        if self.after_seq is not None:
            return self.after_seq + 1, min(self.after_seq + self.limit, last)
        if self.around_seq is not None:
            first = max(1, self.around_seq - self.limit // 2)
            return first, min(first + self.limit - 1, last)
        end = last if self.before_seq is None else min(last, self.before_seq - 1)
        return max(1, end - self.limit + 1), end

    def looks_beyond(self, last: int) -> bool:
        """Whether it asks for what comes after the number `last`."""
        named = (self.after_seq, self.around_seq and self.around_seq - 1)
        return any(one is not None and one >= last for one in named)


async def list_page(
    session: MongoSession, account_id: UUID, conversation_id: UUID, window: Window
) -> MessagePage:
    """Messages before, after or around a number, from an instant on, or the newest.

    Raises `ConversationNotFound`, or `ChannelLeft` for what is later than the reader's time there.
    """
    conversation = await conversations.get_readable(session, account_id, conversation_id)
    if window.at is not None:
        earlier = await _count_before(session, conversation_id, conversation.seq, window.at)
        window = Window(after_seq=earlier, limit=window.limit)
    if account_id not in conversation.member_ids and window.looks_beyond(conversation.seq):
        raise ChannelLeft
    first, last = window.bounds(conversation.seq)
    found = await repository.list_range(session, conversation.id, first, last)
    more = last < conversation.seq if window.after_seq is not None else first > 1
    items = await show(session, account_id, found)
    return MessagePage(items=items, more=more, last_seq=conversation.seq)


async def get(
    session: MongoSession, account_id: UUID, conversation_id: UUID, seq: int
) -> MessageShown:
    """One message. Raises `ConversationNotFound`, `ChannelLeft` or `MessageNotFound`."""
    conversation = await conversations.get_readable(session, account_id, conversation_id)
    if account_id not in conversation.member_ids and seq > conversation.seq:
        raise ChannelLeft
    found = await repository.get(session, conversation.id, seq)
    return (await show(session, account_id, [found]))[0]


async def show(
    session: MongoSession, account_id: UUID, messages: Sequence[Message]
) -> list[MessageShown]:
    """Messages as one person sees them."""
    reacted = [message.id for message in messages if message.reactions]
    mine = await repository.reacted_by(session, account_id, reacted) if reacted else {}
    return [
        MessageShown(
            **MessageOut.model_validate(one).model_dump(), my_reactions=mine.get(one.id, [])
        )
        for one in messages
    ]


async def _count_before(
    session: MongoSession, conversation_id: UUID, last: int, at: datetime
) -> int:
    """How many messages were sent before an instant: halving, since times grow with numbers."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        [message] = await repository.list_range(session, conversation_id, middle, middle)
        low, high = (middle, high) if message.sent_at < at else (low, middle - 1)
    return low
