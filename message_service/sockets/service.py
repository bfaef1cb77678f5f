"""One person's socket: what it has been sent of each conversation, and what its frames do.

Messages flow after the first `resume`: first what the client misses, in order, then live ones. A
hint with the next number is sent on as it is; any other makes the gap be read from the store. So
there is no gap, nothing comes twice, and the order is that of the numbers. Changes of messages flow
in the same way by their versions, of a message that was changed several times the last one alone.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from libs import tracing
from libs.connection import Connection
from libs.mongo import Mongo
from message_service.changes.schemas import MessageEdit
from message_service.changes.service import Changes
from message_service.conversations import repository as conversations
from message_service.conversations import service as conversation_rules
from message_service.conversations.errors import ConversationNotFound
from message_service.conversations.models import Conversation
from message_service.messages import repository as messages
from message_service.messages.models import Draft
from message_service.messages.schemas import AckFrame
from message_service.messages.service import Sender
from message_service.signals import Signals
from message_service.sockets.hub import encode, encode_change
from message_service.sockets.schemas import (
    MAX_STREAMS,
    Change,
    Delete,
    DoneFrame,
    Edit,
    Head,
    Offset,
    Read,
    ReadyFrame,
    ResetFrame,
    Resume,
    Send,
    Typing,
    TypingFrame,
)
from message_service.sockets.streams import Stream

WINDOW = 1_000
"""With more messages than these missing, or one older than `WINDOW_AGE`, a client starts anew."""
WINDOW_AGE = timedelta(days=7)
PAGE = 50
TYPING_SECONDS = 3.0


class ChatSocket:
    """Handles the frames of one connection and is the hub's listener."""

    __slots__ = (
        "_changes",
        "_complete",
        "_connection",
        "_flowing",
        "_mongo",
        "_opened",
        "_sender",
        "_signals",
        "_streams",
        "_typed_at",
    )

    def __init__(
        self,
        connection: Connection,
        mongo: Mongo,
        sender: Sender,
        changes: Changes,
        signals: Signals,
    ) -> None:
        self._connection = connection
        self._changes = changes
        self._mongo = mongo
        self._sender = sender
        self._signals = signals
        self._streams: dict[UUID, Stream] = {}
        self._complete = False
        self._flowing = False
        self._opened = False
        self._typed_at = 0.0

    def show(self, frame: str) -> None:
        """Sends something that is not a message; nothing goes before `ready`."""
        if self._opened:
            self._connection.send(frame)

    def heard(self, conversation_id: UUID, seq: int, frame: str | None = None) -> None:
        """Sends a message if it is the next one; otherwise sees to it that the gap is read."""
        stream = self._stream(conversation_id, seq - 1)
        if seq <= stream.known:
            return
        if frame is not None and not stream.held and seq == stream.sent + 1:
            stream.sent = stream.known = seq
            self._connection.send(frame)
            return
        stream.known = seq
        self._go_on(conversation_id, stream)

    def changed(self, conversation_id: UUID, version: int, frame: str | None = None) -> None:
        """Sends a changed message if its change is the next one, or its conversation is not
        followed here; otherwise the gap is read.
        """
        stream = self._streams.get(conversation_id)
        if stream is None:
            if frame is not None and self._flowing:
                self._connection.send(frame)
            return
        if version <= stream.changes:
            return
        if frame is not None and not stream.held and version == stream.version + 1:
            stream.version = stream.changes = version
            self._connection.send(frame)
            return
        stream.changes = version
        self._go_on(conversation_id, stream)

    async def on_open(self) -> None:
        """Says where the latest conversations stand."""
        async with self._mongo.reads() as session:
            account_id = self._connection.principal.account_id
            found = await conversations.list_page(session, account_id, None, MAX_STREAMS)
        self._complete = len(found) <= MAX_STREAMS
        for conversation in found[:MAX_STREAMS]:
            stream = self._stream(conversation.id, conversation.seq)
            stream.stand(conversation, conversation.seq, conversation.version)
        ready = ReadyFrame(
            account_id=account_id,
            streams=[
                Head(conversation_id=c.id, seq=c.seq, version=c.version)
                for c in found[:MAX_STREAMS]
            ],
            complete=self._complete,
        )
        self._opened = True
        self._connection.send(ready.model_dump_json())

    async def on_frame(self, frame: Send | Resume | Read | Typing | Change) -> None:
        """Does what a frame asks for. Raises the features' errors."""
        if isinstance(frame, Send):
            await self._send(frame)
        elif isinstance(frame, Resume):
            await self._resume(frame.streams)
        elif isinstance(frame, Read):
            await self._read(frame)
        elif isinstance(frame, Typing):
            await self._typing(frame)
        else:
            await self._change(frame)

    async def _send(self, frame: Send) -> None:
        account_id, trace = self._connection.principal.account_id, tracing.current_traceparent()
        said = (frame.client_msg_id, frame.body, trace, frame.reply_to, frame.mentions)
        draft = Draft(frame.conversation_id, account_id, *said)
        ack = await self._sender.send(draft)
        self._connection.send(AckFrame(**ack.model_dump()).model_dump_json())

    async def _change(self, frame: Change) -> None:
        account_id, of, seq = (
            self._connection.principal.account_id,
            frame.conversation_id,
            frame.seq,
        )
        if isinstance(frame, Edit):
            new = MessageEdit(body=frame.body, mentions=frame.mentions)
            found = await self._changes.edit(account_id, of, seq, new)
        elif isinstance(frame, Delete):
            found = await self._changes.delete(account_id, of, seq)
        else:
            found = await self._changes.react(account_id, of, seq, frame.emoji, on=frame.on)
        done = DoneFrame(conversation_id=of, seq=seq, version=found.version, ref=frame.ref)
        self._connection.send(done.model_dump_json())

    async def _read(self, frame: Read) -> None:
        account_id = self._connection.principal.account_id
        async with self._mongo.reads() as session:
            mark = await conversation_rules.mark_read(
                session, account_id, frame.conversation_id, frame.read_up_to
            )
        await self._signals.tell(mark.member_ids, mark.frame)

    async def _typing(self, frame: Typing) -> None:
        now = time.monotonic()
        if now - self._typed_at < TYPING_SECONDS:
            return
        self._typed_at = now
        account_id = self._connection.principal.account_id
        async with self._mongo.reads() as session:
            found = await conversations.get_for(session, account_id, frame.conversation_id)
        others = [member for member in found.member_ids if member != account_id]
        shown = TypingFrame(conversation_id=found.id, account_id=account_id)
        await self._signals.tell(others, shown)

    async def _resume(self, offsets: Sequence[Offset]) -> None:
        account_id = self._connection.principal.account_id
        ids = [offset.conversation_id for offset in offsets]
        async with self._mongo.reads() as session:
            mine = {c.id: c for c in await conversations.list_for(session, account_id, ids)}
        for offset in offsets:
            conversation = mine.get(offset.conversation_id)
            if conversation is None:
                self._connection.refuse(ConversationNotFound(), str(offset.conversation_id))
            else:
                await self._rewind(conversation, offset)
        if not self._flowing:
            self._flowing = True
            for stream in self._streams.values():
                stream.held = False
        for conversation_id, stream in self._streams.items():
            self._go_on(conversation_id, stream)

    async def _rewind(self, conversation: Conversation, offset: Offset) -> None:
        """Sets a stream back to what the client has, or tells it to start anew."""
        after, stream = offset.after_seq, self._streams.get(conversation.id)
        version = offset.after_version
        if version is None:
            version = stream.version if stream else conversation.version
        fresh = 0 <= conversation.version - version <= WINDOW
        if not fresh or not await self._within_window(conversation, after):
            after, version = conversation.seq, conversation.version
            reset = ResetFrame(conversation_id=conversation.id, seq=after, version=version)
            self._connection.send(reset.model_dump_json())
        self._stream(conversation.id, after).stand(conversation, after, version)

    async def _within_window(self, conversation: Conversation, after: int) -> bool:
        missing = conversation.seq - after
        if missing == 0:
            return True
        if not 0 < missing <= WINDOW:
            return False
        async with self._mongo.reads() as session:
            first = await messages.list_range(session, conversation.id, after + 1, after + 1)
        return bool(first) and first[0].sent_at > self._mongo.clock.now() - WINDOW_AGE

    def _stream(self, conversation_id: UUID, sent: int) -> Stream:
        """The stream of a conversation; a new one stands at `sent`.

        It stands at 0 if `ready` has listed all conversations: then this one is younger.
        """
        stream = self._streams.get(conversation_id)
        if stream is None:
            sent = 0 if self._complete else sent
            stream = Stream(sent, sent, held=not self._flowing)
            self._streams[conversation_id] = stream
        return stream

    def _go_on(self, conversation_id: UUID, stream: Stream) -> None:
        if not stream.held and stream.behind:
            stream.held = True
            self._connection.spawn(self._catch_up(conversation_id, stream))

    async def _catch_up(self, conversation_id: UUID, stream: Stream) -> None:
        """Sends stored messages and changes until the socket has all that are known to exist."""
        while stream.behind:
            await self._send_missing(conversation_id, stream)
            await self._send_changes(conversation_id, stream)
        stream.held = False

    async def _send_missing(self, conversation_id: UUID, stream: Stream) -> None:
        while stream.sent < stream.known:
            await self._connection.drained()
            start = stream.sent
            async with self._mongo.reads() as session:
                page = await messages.list_range(session, conversation_id, start + 1, start + PAGE)
            if stream.sent != start:
                continue  # the client has resumed from elsewhere meanwhile
            for message in page:
                self._connection.send(encode(message))
                stream.sent = message.seq
            if not page:
                stream.known = stream.sent
        stream.known = max(stream.known, stream.sent)

    async def _send_changes(self, conversation_id: UUID, stream: Stream) -> None:
        """Those of messages that were sent here; the others come as they are then."""
        while stream.version < stream.changes:
            await self._connection.drained()
            start, known = stream.version, stream.changes
            async with self._mongo.reads() as session:
                page = await messages.list_changed(session, conversation_id, start, PAGE)
            if stream.version != start:
                continue  # the client has resumed from elsewhere meanwhile
            for message in page:
                if message.seq <= stream.sent:
                    self._connection.send(encode_change(message))
            last = page[-1].version if page else known
            stream.version = last if len(page) == PAGE else max(last, known)
        stream.changes = max(stream.changes, stream.version)
