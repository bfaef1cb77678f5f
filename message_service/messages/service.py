"""The rules of messages: one number each, stored once, acknowledged after the commit."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from libs import log
from libs import mongo_outbox as store
from libs.batches import Beside
from libs.errors import Unavailable
from libs.events.message import MessageSent
from libs.group_commit import GroupCommit
from libs.ids import new_id
from libs.mongo import Conflict, Mongo, MongoSession
from message_service.conversations import repository as conversations
from message_service.conversations import rights
from message_service.conversations.errors import ConversationNotFound
from message_service.conversations.models import Conversation
from message_service.messages import repository
from message_service.messages.errors import MentionUnknown, ReplyUnknown
from message_service.messages.memory import Memory
from message_service.messages.models import Draft, Message, Name, News
from message_service.messages.pace import Pace
from message_service.messages.schemas import Ack

Announce = Callable[[Sequence[News]], Awaitable[None]]
"""Tells the members' sockets of new messages."""
SHARED_SECONDS = 0.2
"""How long a transaction that many conversations share is repeated after conflicts."""

logger = log.get(__name__)


@dataclass(slots=True)
class Batch:
    """What a transaction did: a result for each draft by its name, what is new, and how the
    conversations are now.
    """

    results: dict[Name, Message | Exception] = field(default_factory=dict)
    news: list[News] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)


class Sender:
    """Sends messages: those that wait in this process share a transaction."""

    def __init__(self, mongo: Mongo, pace: Pace, announce: Announce) -> None:
        self._mongo = mongo
        self._pace = pace
        self._announce = announce
        self._group: GroupCommit[Draft, Message] = GroupCommit(self._commit)
        self.memory = Memory()
        self._news: list[News] = []
        self._telling = Beside(self._tell)

    async def send(self, draft: Draft) -> Ack:
        """Stores a message and returns after the commit; a repeat gets the first one's answer.

        Raises `TooManyMessages`, `ConversationNotFound`, `ConversationClosed` or `Unavailable`.
        """
        await self._pace.step(draft.sender_id, draft.client_msg_id)
        message = await self._group.add(draft)
        return Ack(
            conversation_id=message.conversation_id,
            client_msg_id=message.client_msg_id,
            message_id=message.id,
            seq=message.seq,
            sent_at=message.sent_at,
        )

    async def close(self) -> None:
        """Waits for what was handed in."""
        await self._group.close()
        await self._telling.close()

    async def _commit(self, drafts: list[Draft]) -> list[Message | Exception]:
        try:
            batch = await self._store(drafts, SHARED_SECONDS)
        except Exception as error:
            if isinstance(error, Unavailable) and not isinstance(error, Conflict):
                raise
            batch = await self._apart(drafts, error)
        if batch.news:
            self._news += batch.news
            self._telling.ask()
        return [batch.results[draft.name] for draft in drafts]

    async def _store(self, drafts: Sequence[Draft], patience: float | None = None) -> Batch:
        ids = {draft.conversation_id for draft in drafts}

        async def work(session: MongoSession) -> Batch:
            return await append(session, drafts, self.memory.take(ids))  # a repeat finds nothing

        batch = await self._mongo.run(work, patience)
        self.memory.keep(batch.conversations)
        return batch

    async def _apart(self, drafts: Sequence[Draft], error: Exception) -> Batch:
        """Gives each conversation a transaction of its own, so that one which cannot be written to
        is no other's trouble.
        """
        parts = _by_conversation(drafts)
        logger.info("commit_redone", conversations=len(parts), reason=type(error).__name__)
        batch = Batch()
        for part in await asyncio.gather(*map(self._alone, parts.values())):
            batch.results |= part.results
            batch.news += part.news
        return batch

    async def _alone(self, drafts: Sequence[Draft]) -> Batch:
        try:
            return await self._store(drafts)
        except Exception as error:  # the answer to these senders alone
            return Batch({draft.name: error for draft in drafts})

    async def _tell(self) -> None:
        news, self._news = self._news, []
        await self._announce(news)


async def append(
    session: MongoSession, drafts: Sequence[Draft], remembered: Mapping[UUID, Conversation]
) -> Batch:
    """Stores drafts with the next numbers of their conversations, and `MessageSent` for each, in
    one transaction. Drafts of a remembered conversation are taken for new: if one is not, its name
    is taken, and the transaction is repeated without memory.
    """
    ahead = {d.conversation_id for d in drafts if _is_ahead(d, remembered.get(d.conversation_id))}
    remembered = {one: known for one, known in remembered.items() if one not in ahead}
    unknown = {draft.conversation_id for draft in drafts} - remembered.keys()
    read = await conversations.find_many(session, unknown) if unknown else {}
    found = {**remembered, **read}
    allowed = [draft for draft in drafts if _may_send(found.get(draft.conversation_id), draft)]
    writers = {(draft.conversation_id, draft.sender_id) for draft in allowed}
    barred = await rights.refusals(session, ((found[of], who) for of, who in writers))
    refused = {
        draft.name: error
        for draft in allowed
        if (error := _refusal(found[draft.conversation_id], draft, barred))
    }
    doubtful = [d for d in allowed if d.conversation_id in read or d.name in refused]
    known = await repository.find_sent(session, doubtful) if doubtful else {}
    fresh = {d.name: d for d in allowed if d.name not in known and d.name not in refused}
    news = _number_all(fresh.values(), found, session.clock.now())
    new = [message for one in news for message in one.messages]
    if new:
        lasts = [one.messages[-1] for one in news]
        moved = [replace(found[m.conversation_id], seq=m.seq, touched=m.id) for m in lasts]
        found |= {one.id: one for one in moved}
        await conversations.advance(session, moved)
        await repository.add_all(session, new)
        await store.publish(session, *(event for one in news for event in events(one, fresh)))
    known |= {message.name: message for message in new}
    results: dict[Name, Message | Exception] = {
        draft.name: known.get(draft.name) or refused.get(draft.name) or ConversationNotFound()
        for draft in drafts
    }
    return Batch(results, news, list(found.values()))


def _is_ahead(draft: Draft, conversation: Conversation | None) -> bool:
    """Whether it answers a message that is younger than what is remembered of the conversation."""
    return conversation is not None and (draft.reply_to or 0) > conversation.seq


def _refusal(
    conversation: Conversation, draft: Draft, barred: Mapping[rights.Writer, Exception]
) -> Exception | None:
    """Why a member's draft is not taken, if it is not."""
    if error := barred.get((conversation.id, draft.sender_id)):
        return error
    if (draft.reply_to or 0) > conversation.seq:
        return ReplyUnknown()
    if not set(draft.mentions) <= set(conversation.member_ids):
        return MentionUnknown()
    return None


def _number_all(
    drafts: Iterable[Draft], found: Mapping[UUID, Conversation], now: datetime
) -> list[News]:
    return [
        News(found[of].member_ids, tuple(number(found[of], waiting, now)))
        for of, waiting in _by_conversation(drafts).items()
    ]


def _by_conversation(drafts: Iterable[Draft]) -> Mapping[UUID, list[Draft]]:
    parts: dict[UUID, list[Draft]] = {}
    for draft in drafts:
        parts.setdefault(draft.conversation_id, []).append(draft)
    return parts


def _may_send(conversation: Conversation | None, draft: Draft) -> bool:
    return conversation is not None and draft.sender_id in conversation.member_ids


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
            reply_to=draft.reply_to,
            mentions=draft.mentions,
        )
        for seq, draft in enumerate(drafts, conversation.seq + 1)
    ]


def events(news: News, drafts: Mapping[Name, Draft]) -> list[MessageSent]:
    """The events of new messages: ids only, each in the trace of its own request."""
    return [
        MessageSent(
            conversation_id=message.conversation_id,
            message_id=message.id,
            sender_id=message.sender_id,
            recipient_ids=tuple(m for m in news.member_ids if m != message.sender_id),
            revision=message.seq,
            traceparent=drafts[message.name].traceparent,
        )
        for message in news.messages
    ]
