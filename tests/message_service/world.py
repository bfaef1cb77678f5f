"""message_service over a real socket, with people who may talk to each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from libs.clock import Clock
from libs.connection import Caps
from libs.ids import new_id
from message_service.app import create_app
from message_service.contacts.repository import pair
from message_service.conversations import repository as conversations
from message_service.resources import Resources
from message_service.settings import Settings
from tests import sockets
from tests.sockets import dial, listening
from tests.stack import Stack, User, eventually


class Client(sockets.Client):
    """A person's socket to message_service."""

    async def send(self, conversation_id: UUID, body: str, name: UUID | None = None) -> None:
        """Sends a message, without waiting for the answer."""
        name = name or new_id()
        await self.tell("send", conversation_id=conversation_id, client_msg_id=name, body=body)

    async def resume(self, offsets: dict[UUID, int] | None = None) -> None:
        """Opens the flow of messages."""
        streams = [{"conversation_id": c, "after_seq": n} for c, n in (offsets or {}).items()]
        await self.tell("resume", streams=streams)


@dataclass
class World:
    """A running message_service."""

    stack: Stack
    parts: Resources
    port: int
    http: httpx.AsyncClient
    app: FastAPI

    async def raw(self, **options: Any) -> Client:
        """A socket that has said nothing yet."""
        return Client(await dial(self.port, "/ws/v1", **options))

    async def ready(self, user: User, **options: Any) -> Client:
        """A socket that has authenticated; its next frame is `ready`."""
        client = await self.raw(**options)
        await client.tell("auth", token=user.token)
        return client

    async def live(
        self, user: User, offsets: dict[UUID, int] | None = None, **options: Any
    ) -> Client:
        """A socket on which messages flow."""
        client = await self.ready(user, **options)
        assert (await client.next())["type"] == "ready"
        await client.resume(offsets)
        return client

    async def pair(self, *, pace: bool = False) -> tuple[User, User, UUID]:
        """A tutor and a student with a conversation; the limit on messages is off unless asked."""
        tutor, student = self.stack.as_user("tutor"), self.stack.as_user("student")
        await self.entitle(tutor, student)
        async with self.parts.mongo.reads() as session:
            found = await conversations.open_pair(
                session, tutor.id, student.id, self.parts.clock.now()
            )
        if not pace:
            self.parts.sender._pace._limit = 1_000_000
        return tutor, student, found.id

    async def entitle(self, tutor: User, student: User) -> None:
        """What a membership's approval leaves here."""
        people = [
            {"_id": user.id, "user_code": user.code, "revision": 1} for user in (tutor, student)
        ]
        for person in people:
            key = {"_id": person["_id"]}
            await self.parts.mongo.database["people"].update_one(key, {"$set": person}, upsert=True)
        row = {"_id": new_id(), "pair": pair(student.id, tutor.id), "revision": 1}
        await self.parts.mongo.database["entitlements"].insert_one(row)

    async def stored(self, conversation_id: UUID) -> list[dict[str, Any]]:
        """All messages of a conversation, by number."""
        found = self.parts.mongo.database["messages"].find({"conversation_id": conversation_id})
        return [message async for message in found.sort("seq", 1)]

    async def count(self, collection: str) -> int:
        """How many documents there are."""
        return len(await self.parts.mongo.database[collection].find().to_list(None))


@asynccontextmanager
async def serving(
    stack: Stack, settings: Settings, clock: Clock | None = None, caps: Caps | None = None
) -> AsyncIterator[World]:
    """A message_service over the given stores."""
    app = create_app(settings, clock, caps)
    async with (
        listening(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        parts: Resources = app.state.resources

        async def subscribed() -> bool:
            return parts.hub._pumping

        await eventually(subscribed)
        yield World(stack, parts, port, client, app)
