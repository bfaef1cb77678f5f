"""Somebody's server that webhooks are sent to: notes what came, and answers as it is told."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Came:
    """One request; names of headers are in small letters."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The body's JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """The server. `answers` are statuses for the next requests, then comes `usual`; 0 hangs up
    without a word. `more` is added to the answer's head.
    """

    port: int = 0
    usual: int = 204
    answers: list[int] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    more: str = ""
    most_at_once: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as something came."""
    takes: float = 0.0
    """Seconds until an answer."""
    _now: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def numbers(self) -> list[int]:
        """The sums in what came, which tests use as numbers."""
        return [one.data["data"]["amount"] for one in self.came]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
        body = await reader.readexactly(int(headers["content-length"]))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        self.came.append(Came(line, headers, body))
        self.asked.set()
        await asyncio.sleep(self.takes)
        self._now -= 1
        status = self.answers.pop(0) if self.answers else self.usual
        if status:
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{self.more}\r\n".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
