"""One pump per process: hints from Redis to the sockets that are open here.

The pump never waits for a socket. Hints may be lost while Redis is away or restarts, so the store
is asked at every (re)connection and every few seconds what the people connected here have missed.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from libs import log
from libs.errors import Unavailable
from libs.ids import new_id
from libs.mongo import Mongo
from message_service.changes.models import Changed
from message_service.changes.service import Announce as TellOfChange
from message_service.conversations import repository as conversations
from message_service.messages.models import Message, News
from message_service.messages.schemas import ChangedFrame, MessageFrame
from message_service.messages.service import Announce
from message_service.signals import Hint, Signals

RECHECK_SECONDS = 10.0
MARGIN_MS = 60_000
"""Clocks of several processes differ; what was heard already is dropped."""
PEOPLE_AT_ONCE = 500

logger = log.get(__name__)


class Listener(Protocol):
    """A socket, as the hub sees it; neither call waits."""

    def heard(self, conversation_id: UUID, seq: int, frame: str | None = None) -> None:
        """A message of this number exists; `frame` is the message, encoded."""

    def changed(self, conversation_id: UUID, version: int, frame: str | None = None) -> None:
        """A change of this version exists; `frame` is the changed message, encoded."""

    def show(self, frame: str) -> None:
        """Something that is not stored as a message."""


class Hub:
    """Knows who is connected to this process."""

    def __init__(self, mongo: Mongo, signals: Signals, notice: Callable[[UUID, int], None]) -> None:
        """`notice` is told of each new message: the conversation, and its last number."""
        self._mongo = mongo
        self._signals = signals
        self._notice = notice
        self._local: dict[UUID, set[Listener]] = {}
        self._missed = asyncio.Event()
        self._pumping = False

    def join(self, account_id: UUID, listener: Listener) -> None:
        """From now on this socket hears what is for its account."""
        self._local.setdefault(account_id, set()).add(listener)

    def leave(self, account_id: UUID, listener: Listener) -> None:
        """The socket is closed."""
        here = self._local.get(account_id, set())
        here.discard(listener)
        if not here:
            self._local.pop(account_id, None)

    async def check(self) -> None:
        """For readiness. Raises `Unavailable` until hints arrive."""
        if not self._pumping:
            raise Unavailable("not subscribed")

    async def run(self) -> None:
        """Pumps until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump())
                group.create_task(self._recheck())
        finally:
            self._pumping = False

    async def _pump(self) -> None:
        def subscribed() -> None:
            self._pumping = True
            self._missed.set()

        async for hint in self._signals.listen(subscribed):
            self._dispatch(hint)

    def _dispatch(self, hint: Hint) -> None:
        if hint.stream is not None and not hint.changes:
            self._notice(hint.stream, hint.frames[-1][0])
        for account_id in hint.to:
            for listener in self._local.get(account_id, ()):
                _pass_on(hint, listener)

    async def _recheck(self) -> None:
        since = _shortly_ago()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK_SECONDS):
                    await self._missed.wait()
            self._missed.clear()
            begun = _shortly_ago()
            try:
                await self._ask(since)
            except Unavailable as error:
                logger.warning("recheck_waits", reason=error.detail)
            else:
                since = begun

    async def _ask(self, since: UUID) -> None:
        people = list(self._local)
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            some = people[start : start + PEOPLE_AT_ONCE]
            async with self._mongo.reads() as session:
                touched = await conversations.list_touched(session, some, since)
                changed = await conversations.list_changed(session, some, since)
            for conversation in touched:
                for member in conversation.member_ids:
                    for listener in self._local.get(member, ()):
                        listener.heard(conversation.id, conversation.seq)
            for conversation in changed:
                for member in conversation.member_ids:
                    for listener in self._local.get(member, ()):
                        listener.changed(conversation.id, conversation.version)


def _pass_on(hint: Hint, listener: Listener) -> None:
    for number, frame in hint.frames:
        if hint.stream is None:
            listener.show(frame)
        elif hint.changes:
            listener.changed(hint.stream, number, frame)
        else:
            listener.heard(hint.stream, number, frame)


def _shortly_ago() -> UUID:
    """The smallest UUIDv7 of a minute ago."""
    return UUID(int=((new_id().int >> 80) - MARGIN_MS) << 80)


def announcer(signals: Signals) -> Announce:
    """Tells the members' sockets of new messages; each is encoded once for all."""

    async def announce(news: Sequence[News]) -> None:
        await signals.send([_hint(one) for one in news])

    return announce


def change_announcer(signals: Signals) -> TellOfChange:
    """Tells the members' sockets of a changed message."""

    async def announce(changed: Changed) -> None:
        message = changed.message
        frames = ((message.version, encode_change(message)),)
        await signals.send([Hint(changed.to, message.conversation_id, frames, changes=True)])

    return announce


def _hint(news: News) -> Hint:
    frames = tuple((message.seq, encode(message)) for message in news.messages)
    return Hint(news.member_ids, news.messages[0].conversation_id, frames)


def encode(message: Message) -> str:
    """A message's frame as text."""
    return MessageFrame.model_validate(message).model_dump_json()


def encode_change(message: Message) -> str:
    """A changed message's frame as text."""
    return ChangedFrame.model_validate(message).model_dump_json()
