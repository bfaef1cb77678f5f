"""The rules of messages: one number each, stored once, acknowledged after the commit."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs import mongo_outbox as store
from libs.events.message import MessageSent
from libs.group_commit import GroupCommit
from libs.ids import new_id
from libs.mongo import Mongo, MongoSession
from message_service.conversations import repository as conversations
from message_service.conversations.errors import ConversationNotFound
from message_service.conversations.models import Conversation
from message_service.messages import repository
from message_service.messages.models import Draft, Message
from message_service.messages.pace import Pace
from message_service.messages.schemas import Ack, MessageOut, MessagePage

Announce = Callable[[Sequence[UUID], Sequence[Message]], Awaitable[None]]
"""Tells the members' sockets of new messages of one conversation."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a transaction did: a result for each draft, and which of them are new."""

    results: list[Message | Exception]
    new: list[Message]
    member_ids: tuple[UUID, ...] = ()


class Sender:
    """Sends messages: those that wait for one conversation share a transaction."""

    def __init__(self, mongo: Mongo, pace: Pace, announce: Announce) -> None:
        self._mongo = mongo
        self._pace = pace
        self._announce = announce
        self._group: GroupCommit[UUID, Draft, Message] = GroupCommit(self._commit)

    async def send(self, conversation_id: UUID, draft: Draft) -> Ack:
        """Stores a message and returns after the commit; a repeat gets the first one's answer.

        Raises `TooManyMessages`, `ConversationNotFound` or `Unavailable`.
        """
        await self._pace.step(draft.sender_id, draft.client_msg_id)
        message = await self._group.add(conversation_id, draft)
        return Ack(
            conversation_id=conversation_id,
            client_msg_id=message.client_msg_id,
            message_id=message.id,
            seq=message.seq,
            sent_at=message.sent_at,
        )

    async def close(self) -> None:
        """Waits for what was handed in."""
        await self._group.close()

    async def _commit(
        self, conversation_id: UUID, drafts: list[Draft]
    ) -> list[Message | Exception]:
        batch = await self._mongo.run(lambda session: append(session, conversation_id, drafts))
        if batch.new:
            await self._announce(batch.member_ids, batch.new)
        return batch.results


async def append(session: MongoSession, conversation_id: UUID, drafts: Sequence[Draft]) -> Batch:
    """Stores drafts with the next numbers, and `MessageSent` for each, in one transaction."""
    conversation = await conversations.find(session, conversation_id)
    if conversation is None:
        return Batch([ConversationNotFound() for _ in drafts], [])
    allowed = [draft for draft in drafts if draft.sender_id in conversation.member_ids]
    known = await repository.find_sent(session, conversation_id, allowed) if allowed else {}
    fresh = {draft.key: draft for draft in allowed if draft.key not in known}
    new = number(conversation, list(fresh.values()), session.clock.now())
    if new:
        await conversations.advance(session, conversation, new[-1].seq, new[-1].id)
        await repository.add_all(session, new)
        await store.publish(session, *events(conversation, new, list(fresh.values())))
    known |= {(message.sender_id, message.client_msg_id): message for message in new}
    results: list[Message | Exception] = [
        known[draft.key] if draft.key in known else ConversationNotFound() for draft in drafts
    ]
    return Batch(results, new, conversation.member_ids)


def number(conversation: Conversation, drafts: Sequence[Draft], now: datetime) -> list[Message]:
    """Gives drafts the next numbers of their conversation. Times are whole milliseconds (BSON)."""
    sent_at = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
    return [
        Message(
            id=new_id(),
            conversation_id=conversation.id,
            seq=seq,
            sender_id=draft.sender_id,
            client_msg_id=draft.client_msg_id,
            body=draft.body,
            sent_at=sent_at,
        )
        for seq, draft in enumerate(drafts, conversation.seq + 1)
    ]


def events(
    conversation: Conversation, messages: Sequence[Message], drafts: Sequence[Draft]
) -> list[MessageSent]:
    """The events of new messages: ids only, each in the trace of its own request."""
    return [
        MessageSent(
            conversation_id=conversation.id,
            message_id=message.id,
            sender_id=message.sender_id,
            recipient_ids=tuple(m for m in conversation.member_ids if m != message.sender_id),
            revision=message.seq,
            traceparent=draft.traceparent,
        )
        for message, draft in zip(messages, drafts, strict=True)
    ]


async def list_page(
    session: MongoSession,
    account_id: UUID,
    conversation_id: UUID,
    window: tuple[int | None, int | None],
    limit: int,
) -> MessagePage:
    """Messages before or after a number (`window` is both), the newest when neither is given.

    Raises `ConversationNotFound`.
    """
    conversation = await conversations.get_for(session, account_id, conversation_id)
    before, after = window
    if after is not None:
        first = after + 1
        last = min(after + limit, conversation.seq)
    else:
        last = min(conversation.seq, conversation.seq if before is None else before - 1)
        first = max(1, last - limit + 1)
    found = await repository.list_range(session, conversation.id, first, last)
    more = last < conversation.seq if after is not None else first > 1
    return MessagePage(items=[MessageOut.model_validate(one) for one in found], more=more)
