"""The rules of changes: each takes the next number of its conversation, in the transaction in which
it is made; what changes nothing takes none.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.limits import Limits
from libs.mongo import Document, Mongo, MongoSession
from message_service.changes import repository
from message_service.changes.errors import (
    EditTooLate,
    MessageDeleted,
    NotTheAuthor,
    TooManyEdits,
    TooManyReactions,
)
from message_service.changes.models import Changed
from message_service.changes.schemas import MAX_EDITS, MAX_EMOJIS, MessageEdit
from message_service.conversations import repository as conversations
from message_service.conversations import rights
from message_service.conversations.errors import ConversationClosed
from message_service.conversations.models import Conversation
from message_service.messages import repository as messages
from message_service.messages.errors import MentionUnknown
from message_service.messages.models import Message

Announce = Callable[[Changed], Awaitable[None]]
"""Tells the members' sockets of a changed message."""
Work = Callable[[MongoSession, Conversation, Message], Coroutine[Any, Any, bool]]
"""Makes a change; says whether there was any."""
LIMIT, SECONDS = 60, 60
"""So many changes may a person try in so many seconds."""


class Changes:
    """Makes changes, and tells of them."""

    def __init__(self, mongo: Mongo, limits: Limits, announce: Announce, edit_seconds: int) -> None:
        self._mongo = mongo
        self._limits = limits
        self._announce = announce
        self._window = timedelta(seconds=edit_seconds)

    async def edit(
        self, account_id: UUID, conversation_id: UUID, seq: int, new: MessageEdit
    ) -> Message:
        """Gives one's own message another text, and keeps the earlier one; the same text changes
        nothing.

        Raises `ConversationNotFound`, `MessageNotFound`, `NotTheAuthor`, `MessageDeleted`,
        `EditTooLate`, `TooManyEdits`, `MentionUnknown`, `TooMany`, or why one may not write.
        """

        async def work(session: MongoSession, of: Conversation, message: Message) -> bool:
            if message.sender_id != account_id:
                raise NotTheAuthor
            _must_stand(message)
            if (message.body, message.mentions) == (new.body, new.mentions):
                return False
            if message.edits >= MAX_EDITS:
                raise TooManyEdits
            if session.clock.now() >= message.sent_at + self._window:
                raise EditTooLate
            if not set(new.mentions) <= set(of.member_ids):
                raise MentionUnknown
            barred = await rights.refusals(session, [(of, account_id)])
            if barred:
                raise barred[of.id, account_id]
            now = session.clock.now()
            await repository.keep_edit(session, message, now)
            fields = {"body": new.body, "mentions": list(new.mentions), "edited_at": now}
            await _change(session, of, message, fields | {"edits": message.edits + 1})
            return True

        return await self.run(account_id, conversation_id, seq, work)

    async def delete(self, account_id: UUID, conversation_id: UUID, seq: int) -> Message:
        """Takes back what one has written: a tombstone stays. A second time changes nothing.

        Raises `ConversationNotFound`, `MessageNotFound`, `NotTheAuthor` or `TooMany`.
        """

        async def work(session: MongoSession, of: Conversation, message: Message) -> bool:
            if message.sender_id != account_id:
                raise NotTheAuthor
            return await bury(session, of, message, "author")

        return await self.run(account_id, conversation_id, seq, work)

    async def react(
        self, account_id: UUID, conversation_id: UUID, seq: int, emoji: str, *, on: bool
    ) -> Message:
        """Reacts to a message by an emoji, or takes it back; doing it again changes nothing.

        Raises `ConversationNotFound`, `MessageNotFound`, `MessageDeleted`, `TooManyReactions`,
        `ConversationClosed` or `TooMany`.
        """

        async def work(session: MongoSession, of: Conversation, message: Message) -> bool:
            _must_stand(message)
            if await repository.has_reacted(session, account_id, message.id, emoji) == on:
                return False
            counts = {one.emoji: one.count for one in message.reactions}
            counts[emoji] = counts.get(emoji, 0) + (1 if on else -1)
            if on and len(counts) > MAX_EMOJIS:
                raise TooManyReactions
            await _must_be_open(session, of)
            if on:
                await repository.add_reaction(session, account_id, message, emoji)
            else:
                await repository.drop_reaction(session, account_id, message.id, emoji)
            left = [{"emoji": one, "count": count} for one, count in counts.items() if count > 0]
            await _change(session, of, message, {"reactions": left})
            return True

        return await self.run(account_id, conversation_id, seq, work)

    async def run(self, account_id: UUID, conversation_id: UUID, seq: int, work: Work) -> Message:
        """Makes a change in a transaction, and tells of it. Raises `ConversationNotFound`,
        `MessageNotFound`, `TooMany` and what `work` raises.
        """
        await self._limits.hit("changes", str(account_id), LIMIT, SECONDS)

        async def whole(session: MongoSession) -> Changed:
            of = await conversations.get_for(session, account_id, conversation_id)
            message = await messages.get(session, of.id, seq)
            if not await work(session, of, message):
                return Changed((), message)
            return Changed(of.member_ids, await messages.get(session, of.id, seq))

        changed = await self._mongo.run(whole)
        if changed.to:
            await self._announce(changed)
        return changed.message


async def bury(
    session: MongoSession, conversation: Conversation, message: Message, by: str
) -> bool:
    """Leaves a tombstone of a message, in the caller's transaction: its number, its sender and who
    has deleted it stay; texts, mentions and reactions go. Returns False for one that is there.
    """
    if message.deleted_at is not None:
        return False
    await repository.drop_all(session, message.id)
    fields = {"body": "", "deleted_at": session.clock.now(), "deleted_by": by}
    gone = ("mentions", "reactions", "edited_at", "edits")
    await _change(session, conversation, message, fields, gone)
    return True


async def list_edits(
    session: MongoSession, account_id: UUID, conversation_id: UUID, seq: int
) -> list[Document]:
    """What a message said before: for its author, and for the moderators of a channel. Raises
    `ConversationNotFound`, `MessageNotFound` or `NotTheAuthor`.
    """
    of = await conversations.get_for(session, account_id, conversation_id)
    message = await messages.get(session, of.id, seq)
    if account_id not in (message.sender_id, *of.moderator_ids):
        raise NotTheAuthor
    return await repository.list_edits(session, message.id)


async def list_changed(
    session: MongoSession, account_id: UUID, conversation_id: UUID, after: int, limit: int
) -> tuple[Sequence[Message], int]:
    """Messages that were changed last after a version, one more than `limit` if there is, and the
    conversation's version. Raises `ConversationNotFound`.
    """
    of = await conversations.get_for(session, account_id, conversation_id)
    return await messages.list_changed(session, of.id, after, limit + 1), of.version


async def _change(
    session: MongoSession,
    conversation: Conversation,
    message: Message,
    fields: Document,
    gone: Sequence[str] = (),
) -> None:
    version = await conversations.advance_version(session, conversation)
    await messages.change(session, message.id, fields | {"version": version}, gone)


def _must_stand(message: Message) -> None:
    if message.deleted_at is not None:
        raise MessageDeleted


async def _must_be_open(session: MongoSession, conversation: Conversation) -> None:
    if await conversations.closed_among(session, [conversation]):
        raise ConversationClosed
