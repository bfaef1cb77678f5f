"""Bare socket programs for uvicorn: a chat that stores each message by one group-committed insert,
and a room with bounded queues that stores nothing. Same frames as ours; nobody is asked for rights.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pydantic_core import from_json, to_json
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from libs.clock import SystemClock
from libs.ids import new_id
from libs.process import settle

READY = '{"type":"ready"}'
ROOM = 10_000
"""Frames that a member of the room may be behind."""


async def _healthz(_: Request) -> Response:
    return Response()


class Chat:
    """Messages that wait for one conversation share an insert, as ours share a transaction."""

    def __init__(self) -> None:
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            os.environ["BENCH_MONGO_URL"], uuidRepresentation="standard"
        )
        self._messages = client[os.environ["BENCH_MONGO_DATABASE"]]["bare_messages"]
        self._waiting: dict[str, list[tuple[dict[str, Any], asyncio.Future[None]]]] = {}
        self._seqs: dict[str, int] = {}

    async def connect(self, socket: WebSocket) -> None:
        """Answers `send` with `ack` after the insert."""
        await socket.accept()
        with suppress(WebSocketDisconnect):
            await socket.receive_text()
            await socket.send_text(READY)
            while True:
                frame = from_json(await socket.receive_text())
                if frame["type"] == "send":
                    await socket.send_text(to_json(await self._store(frame)).decode())

    async def _store(self, frame: dict[str, Any]) -> dict[str, Any]:
        of = frame["conversation_id"]
        self._seqs[of] = self._seqs.get(of, 0) + 1
        message = {
            "_id": new_id(), "conversation_id": UUID(of), "seq": self._seqs[of],
            "client_msg_id": UUID(frame["client_msg_id"]), "body": frame["body"],
            "sent_at": SystemClock().now(),
        }  # fmt: skip
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if of in self._waiting:
            self._waiting[of].append((message, stored))
        else:
            self._waiting[of] = [(message, stored)]
            asyncio.create_task(self._drain(of))
        await stored
        return {
            "conversation_id": of, "client_msg_id": frame["client_msg_id"],
            "message_id": message["_id"], "seq": message["seq"], "sent_at": message["sent_at"],
            "type": "ack",
        }  # fmt: skip

    async def _drain(self, of: str) -> None:
        while batch := self._waiting[of][:100]:
            await self._messages.insert_many([message for message, _ in batch])
            del self._waiting[of][: len(batch)]
            for _, stored in batch:
                stored.set_result(None)
        del self._waiting[of]


def chat() -> Starlette:
    """The bare chat."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.router.routes.append(WebSocketRoute("/ws/v1", Chat().connect))
        settle()
        yield

    return Starlette(routes=[Route("/healthz", _healthz)], lifespan=lifespan)


class Member:
    """A socket of the room: a bounded queue and a writer."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._queue: deque[str] = deque(maxlen=ROOM)
        self._filled = asyncio.Event()

    def put(self, frame: str) -> None:
        """Queues a frame; the oldest falls out of a full queue."""
        self._queue.append(frame)
        self._filled.set()

    async def write(self) -> None:
        """Sends what is queued, until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                await self._socket.send_text(self._queue.popleft())


class Room:
    """Everything that one says is heard by all, by way of Redis."""

    def __init__(self) -> None:
        self._redis: Redis = Redis.from_url(os.environ["BENCH_REDIS_URL"], decode_responses=True)
        self._members: set[Member] = set()

    async def pump(self) -> None:
        """Hands out what comes from Redis."""
        async with self._redis.pubsub() as channel:
            await channel.psubscribe("bare-room")
            async for message in channel.listen():
                if message["type"] == "pmessage":
                    for member in self._members:
                        member.put(message["data"])

    async def connect(self, socket: WebSocket) -> None:
        """Serves a member."""
        await socket.accept()
        member = Member(socket)
        writer = asyncio.create_task(member.write())
        with suppress(WebSocketDisconnect):
            await socket.receive_text()
            await socket.send_text(READY)
            self._members.add(member)
            while True:
                frame = from_json(await socket.receive_text())
                if frame["type"] == "send":
                    await self._redis.publish("bare-room", to_json(self._message(frame)))
        writer.cancel()
        self._members.discard(member)

    def _message(self, frame: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": new_id(), "conversation_id": frame["conversation_id"], "seq": 1,
            "sender_id": new_id(), "client_msg_id": frame["client_msg_id"], "body": frame["body"],
            "sent_at": SystemClock().now(), "type": "message",
        }  # fmt: skip


def room() -> Starlette:
    """The bare room."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        made = Room()
        app.router.routes.append(WebSocketRoute("/ws/v1", made.connect))
        pump = asyncio.create_task(made.pump())
        settle()
        yield
        pump.cancel()

    return Starlette(routes=[Route("/healthz", _healthz)], lifespan=lifespan)
