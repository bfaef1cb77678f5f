"""The story's people as good clients: they try again, and remember what was answered to them."""

import asyncio
import itertools
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from deploy.demo import client
from deploy.demo.client import NotSeen, Person, Refused, eventually
from deploy.demo.story import Story

client.SEEN_SECONDS = 240.0
"""A job that Redis or the worker has lost is sent again after two minutes and a half."""
PATIENCE_SECONDS = 180.0
AGAIN = {502, 503, 504}
MESSAGES = 6
ADDRESSES = itertools.count(2)
"""Each story comes from an address of its own, since sign-ups are limited by network."""


@dataclass
class Answers:
    """How the platform answered: statuses, lost connections, and creations without an answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)


class Patient(httpx.AsyncBaseTransport):
    """Repeats a request, with the same `Idempotency-Key`, until it is answered."""

    def __init__(self, answers: Answers) -> None:
        number = next(ADDRESSES)
        self._inner = httpx.AsyncHTTPTransport(
            local_address=f"127.9.{number // 250}.{number % 250 + 1}"
        )
        self._answers = answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The first answer that is one. Raises `httpx.TransportError` after three minutes."""
        body = await request.aread()
        headers = dict(request.headers) | {"idempotency-key": str(uuid4())}
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            again = httpx.Request(request.method, request.url, headers=headers, content=body)
            try:
                answer = await self._inner.handle_async_request(again)
                await answer.aread()
            except httpx.TransportError:
                self._answers.cut += 1
                if asyncio.get_running_loop().time() > deadline:
                    raise
                wait = 0.3
            else:
                self._answers.statuses[answer.status_code] += 1
                wait = _wait(answer)
                if not wait or asyncio.get_running_loop().time() > deadline:
                    return answer
            if request.method == "POST":
                self._answers.unanswered[request.url.path.rsplit("/", 1)[-1]] += 1
            await asyncio.sleep(wait)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


def _wait(answer: httpx.Response) -> float:
    """Seconds to wait before asking again; 0 when the answer is one."""
    running = answer.status_code == 409 and "idempotency_key_running" in answer.text
    if answer.status_code in AGAIN or answer.status_code == 429 or running:
        return min(float(answer.headers.get("retry-after", "0.3")), 35.0)
    return 0


class Client(Person):
    """A person who never gives up; `heard` are messages by conversation and number."""

    def __init__(self, web: httpx.AsyncClient, name: str, role: str) -> None:
        super().__init__(web, name, role)
        self.heard: dict[str, dict[int, str]] = {}
        self._staying: asyncio.Task[None] | None = None

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """As a person's; what a lost answer had done already is done."""
        try:
            return await super().call(method, path, body)
        except Refused as refusal:
            if "already_approved" in str(refusal):
                return None
            raise

    async def sign_up(self) -> None:
        """Begins again with another address where a lost answer has used up the code or grant."""
        while True:
            try:
                return await super().sign_up()
            except Refused:
                if await self._can_sign_in():
                    return None
            tag = secrets.token_hex(4)
            self.email, self.username = f"{tag}@example.org", f"{self.name.lower()}_{tag}"

    async def _can_sign_in(self) -> bool:
        try:
            await self.sign_in()
        except Refused:
            return False
        return True

    async def told(self, kind: str) -> str:
        """Only the inbox: hints to sockets may be lost, and pushes are counted at the end."""
        entry = await self.notification(kind)
        return f"{self.name} is told “{entry['title']}”"

    async def open_socket(self) -> None:
        """Stays connected, and resumes where it was."""
        self._staying = asyncio.create_task(self._stay())
        await self._connected()

    async def _connected(self) -> None:
        async def look() -> bool | None:
            return True if self.socket is not None else None

        await eventually(f"a socket for {self.name}", look)

    async def _stay(self) -> None:
        url = str(self.web.base_url).replace("http", "ws", 1).rstrip("/") + "/ws/v1"
        while True:
            try:
                async with connect(url, open_timeout=10, ping_timeout=5) as socket:
                    await self._listen(socket)
            except (OSError, WebSocketException, TimeoutError):
                self.socket = None
            await asyncio.sleep(0.3)

    async def _listen(self, socket: Any) -> None:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        await socket.send(json.dumps({"type": "auth", "token": token}))
        async for text in socket:
            frame = json.loads(text)
            self.frames.append(frame)
            if frame["type"] == "ready":
                # All of them: one that is not named goes on from its present end.
                known = {head["conversation_id"] for head in frame["streams"]} | set(self.heard)
                streams = [
                    {"conversation_id": key, "after_seq": max(self.heard.get(key, ()), default=0)}
                    for key in known
                ]
                await socket.send(json.dumps({"type": "resume", "streams": streams}))
                self.socket = socket
            elif frame["type"] == "message":
                heard = self.heard.setdefault(frame["conversation_id"], {})
                heard[frame["seq"]] = frame["body"]
        self.socket = None

    async def say(self, conversation_id: str, text: str) -> tuple[str, int, str]:
        """Sends one message until it is acknowledged: its id, number and text."""
        message_id = str(uuid4())
        frame = {"type": "send", "conversation_id": conversation_id, "body": text}
        while True:
            await self._connected()
            try:
                await self.send(frame | {"client_msg_id": message_id})
            except (OSError, WebSocketException, NotSeen):
                await asyncio.sleep(0.3)
            ack = await self._acknowledged(message_id)
            if ack is not None:
                return message_id, ack, text

    async def _acknowledged(self, message_id: str) -> int | None:
        for _ in range(60):
            for frame in self.frames:
                if frame["type"] == "ack" and frame["client_msg_id"] == message_id:
                    return int(frame["seq"])
            await asyncio.sleep(0.05)
        return None

    async def close(self) -> None:
        """Leaves."""
        if self._staying is not None:
            self._staying.cancel()
            await asyncio.gather(self._staying, return_exceptions=True)


@dataclass
class Play(Story):
    """The story, with more talk at its end, and without its own count: the ledger does that."""

    answers: Answers = field(default_factory=Answers)
    conversation_id: str = ""
    said: list[tuple[str, int, str]] = field(default_factory=list)

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[list[str]]]]]:
        """All but the last."""
        return super().steps()[:-1]

    async def _admin_told(self) -> str:
        """The newest notice may be of another story's class: the ledger looks at all of them."""
        return "the admin is told"

    async def _say(self, one: Person, other: Person, conversation_id: str, text: str) -> str:
        """Several messages at once."""
        assert isinstance(one, Client)
        assert isinstance(other, Client)
        self.conversation_id = conversation_id
        texts = [f"{text} {number}" for number in range(MESSAGES)]
        made = await asyncio.gather(*(one.say(conversation_id, each) for each in texts))
        self.said += made
        last = max(seq for _, seq, _ in made)

        async def heard() -> bool | None:
            found = set(other.heard.get(conversation_id, {}))
            whole = found == set(range(1, len(found) + 1))
            return True if whole and last in found else None

        await eventually(f"{len(self.said)} messages at {other.name}", heard)
        return f"{one.name} says {MESSAGES} things"


@asynccontextmanager
async def cast(url: str, admin_password: str) -> AsyncIterator[Play]:
    """The people of one story."""
    answers = Answers()
    async with httpx.AsyncClient(base_url=url, timeout=20, transport=Patient(answers)) as web:
        admin = Client(web, "Admin", "admin")
        admin.username, admin.password = "admin", admin_password
        play = Play(Client(web, "Meera", "tutor"), Client(web, "Arun", "student"), admin, web)
        play.answers = answers
        try:
            yield play
        finally:
            await play.close()
