"""A person at a client of StudyZed: REST, one socket, and what the local platform shows of mail."""

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

T = TypeVar("T")
SEEN_SECONDS = 20.0


class NotSeen(Exception):
    """A step did not happen; the message says which."""


class Refused(NotSeen):
    """The platform refused a request that the story needs."""


async def eventually(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """Looks until something is there. Raises `NotSeen` after 20 seconds."""
    deadline = asyncio.get_running_loop().time() + SEEN_SECONDS
    while True:
        found = await look()
        if found is not None:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise NotSeen(f"{what} was not seen within {SEEN_SECONDS:.0f} s")
        await asyncio.sleep(0.03)


class Person:
    """One account and its clients."""

    def __init__(self, web: httpx.AsyncClient, name: str, role: str) -> None:
        self.web = web
        self.name = name
        self.role = role
        tag = secrets.token_hex(4)
        self.email = f"{name.lower()}.{tag}@example.org"
        self.username = f"{name.lower()}_{tag}"
        self.password = secrets.token_urlsafe(16)
        self.device_token = f"demo-device-{tag}"
        self.id = ""
        self.code = ""
        self.headers: dict[str, str] = {}
        self.frames: list[dict[str, Any]] = []
        self.socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request through the gateway; its JSON. Raises `Refused`."""
        answer = await self.web.request(method, path, json=body, headers=self.headers)
        if answer.is_error:
            raise Refused(
                f"{self.name}: {method} {path} answered {answer.status_code}: {answer.text}"
            )
        return answer.json() if answer.content else None

    async def mailed_code(self) -> str:
        """The code in the newest mail."""

        async def look() -> str | None:
            mails = await self.call("GET", f"/dev/mailbox?to={self.email}")
            found = [re.search(r"\b\d{6}\b", mail["text"]) for mail in mails]
            return found[0][0] if found and found[0] else None

        return await eventually(f"the code for {self.name}", look)

    async def sign_up(self) -> None:
        """By a code from the mailbox."""
        await self.call("POST", "/api/user-service/v1/codes", {"email": self.email})
        code = await self.mailed_code()
        body = {"email": self.email, "code": code}
        grant = await self.call("POST", "/api/user-service/v1/codes/verifications", body)
        account = {
            "grant": grant["grant"],
            "username": self.username,
            "password": self.password,
            "first_name": self.name,
            "role": self.role,
            "zone": "Asia/Kolkata",
        }
        made = await self.call("POST", "/api/user-service/v1/accounts", account)
        self.id, self.code = made["id"], made["user_code"]

    def on_another_device(self) -> "Person":
        """The same person at another client, not signed in there yet."""
        other = Person(self.web, self.name, self.role)
        other.email, other.username, other.password = self.email, self.username, self.password
        return other

    async def sign_in(self, device: str = "demo") -> None:
        """By name and password."""
        body = {"identifier": self.username, "password": self.password, "device": device}
        login = await self.call("POST", "/api/user-service/v1/logins", body)
        self.headers = {"Authorization": f"Bearer {login['access_token']}"}
        self.id, self.code = login["account"]["id"], login["account"]["user_code"]

    async def register_device(self) -> None:
        """For pushes."""
        body = {
            "installation_id": f"installation-{self.device_token}",
            "token": self.device_token,
            "platform": "android",
        }
        await self.call("POST", "/api/notifications/v1/devices", body)

    async def open_socket(self) -> None:
        """Connects, signs in with the first frame, and asks for what comes."""
        url = str(self.web.base_url).replace("http", "ws", 1).rstrip("/") + "/ws/v1"
        self.socket = await connect(url)
        self._reader = asyncio.create_task(self._read(self.socket))
        token = self.headers["Authorization"].removeprefix("Bearer ")
        await self.send({"type": "auth", "token": token})
        await self.frame("ready")
        await self.send({"type": "resume", "streams": []})

    async def closed(self) -> int:
        """The code with which the platform has closed the socket. Raises `NotSeen`."""

        async def look() -> int | None:
            return self.socket.close_code if self.socket is not None else None

        return await eventually(f"the end of {self.name}'s socket", look)

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosedError):  # `closed` tells of it
            async for text in socket:
                self.frames.append(json.loads(text))

    async def send(self, frame: dict[str, Any]) -> None:
        """One frame."""
        if self.socket is None:
            raise NotSeen(f"{self.name} has no open socket")
        await self.socket.send(json.dumps(frame))

    async def frame(self, kind: str, **values: Any) -> dict[str, Any]:
        """The first frame of a type with these values. Raises `NotSeen`."""

        async def look() -> dict[str, Any] | None:
            for frame in self.frames:
                if frame["type"] == kind and all(frame.get(k) == v for k, v in values.items()):
                    return frame
            return None

        return await eventually(f"the frame {kind} {values} for {self.name}", look)

    async def close(self) -> None:
        """Leaves."""
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await self._reader

    async def notification(self, kind: str) -> dict[str, Any]:
        """The newest inbox entry of a kind. Raises `NotSeen`."""

        async def look() -> dict[str, Any] | None:
            page = await self.call("GET", "/api/notifications/v1/notifications?limit=100")
            return next((entry for entry in page["items"] if entry["kind"] == kind), None)

        return await eventually(f"the notification {kind} for {self.name}", look)

    async def told(self, kind: str) -> str:
        """A notification of a kind is in the inbox, was shown on the socket, and was pushed."""
        entry = await self.notification(kind)
        await self.frame("notification", notification_id=entry["id"])

        async def look() -> bool | None:
            pushes = await self.call("GET", f"/dev/pushes?user_code={self.code}")
            return any(p["data"].get("notification_id") == entry["id"] for p in pushes) or None

        await eventually(f"the push {kind} for {self.name}", look)
        return f"{self.name} is told “{entry['title']}”: inbox, socket, push"
