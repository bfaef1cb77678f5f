"""The loop of a WebSocket endpoint: handshake, reader and writer, limits, and an orderly end.

The token comes in the first message (`{"type": "auth", "token": "..."}`), never in the URL, since
URLs are logged. Frames are JSON objects with a `type`; a failure is answered with an error frame.
One watcher per process ends sockets whose token has expired, whose login or account is gone, that
read too slowly, or that must move because the process drains. Protocol pings, which find dead
peers, are uvicorn's (`--ws-ping-interval`, 20 s by default).
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal

from opentelemetry.trace import SpanKind
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.websockets import WebSocket, WebSocketDisconnect

from libs import log, metrics, tracing
from libs.auth import Principal, Revocations, TokenInvalid, Verifier
from libs.clock import Clock
from libs.errors import AppError, Forbidden, Invalid, TooMany, Unauthorized, Unavailable
from libs.schemas import Schema

logger = log.get(__name__)


class Close(IntEnum):
    """Why a socket is closed. After 1011, 1013, 4012 and 4013 connect again and resume."""

    GONE = 1000
    TOO_BIG = 1009
    CRASHED = 1011
    TRY_LATER = 1013
    DRAINING = 4012
    TOO_SLOW = 4013
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    TIMED_OUT = 4408
    TOO_MANY = 4429


class BadFrame(Invalid):
    """This frame cannot be read."""

    code = "bad_frame"


class UnknownFrame(Invalid):
    """There is no frame of this type."""

    code = "unknown_type"


class TooManyFrames(TooMany):
    """Too many frames: wait a little."""

    code = "too_many_frames"


class OtherAccount(TokenInvalid):
    """This token belongs to another account than the socket."""

    code = "other_account"


class Frame(Schema):
    """Base of what clients send; `ref` comes back in the error frame that answers it."""

    ref: Annotated[str, StringConstraints(max_length=64)] | None = None


class Auth(Frame):
    """The first frame; sent again later, it replaces the token before it expires."""

    type: Literal["auth"]
    token: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]


class Ping(Frame):
    """Answered with `pong`, for clients that cannot see protocol pings."""

    type: Literal["ping"]


class Error(BaseModel):
    """A refusal: `code` as over HTTP; `retry_after` in seconds; `ref` is the refused frame's."""

    type: Literal["error"] = "error"
    code: str
    detail: str
    ref: str | None = None
    retry_after: int | None = None


PONG = '{"type":"pong"}'
RENEWED = '{"type":"renewed"}'
AUTH: TypeAdapter[Auth] = TypeAdapter(Auth)

OnFrame = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of one socket: sizes in bytes, times in seconds."""

    frame_bytes: int = 65_536
    handshake_seconds: float = 5.0
    frames: int = 100
    faults: int = 10
    window_seconds: float = 10.0
    """At most `frames` frames, and `faults` bad or surplus ones, in each window."""
    queue_bytes: int = 1_000_000
    stalled_seconds: float = 10.0
    closing_seconds: float = 5.0
    watch_seconds: float = 0.5


class Connection:
    """One admitted socket. `send` never waits: a full queue ends the socket instead."""

    __slots__ = (
        "_caps", "_ending", "_filled", "_group", "_queue", "_queued", "_socket", "_stalled_since",
        "_task", "_window", "principal",
    )  # fmt: skip

    def __init__(self, socket: WebSocket, principal: Principal, caps: Caps) -> None:
        self.principal = principal
        self._socket = socket
        self._caps = caps
        self._queue: deque[str] = deque()
        self._queued = 0
        self._filled = asyncio.Event()
        self._stalled_since = 0.0
        self._ending: tuple[Close, str] | None = None
        self._window = (0.0, 0, 0)
        self._task = asyncio.current_task()
        self._group: asyncio.TaskGroup | None = None

    def send(self, frame: str) -> None:
        """Queues an encoded frame (the same text may go to many sockets)."""
        if self._ending is not None:
            return
        if self._queued + len(frame) > self._caps.queue_bytes:
            self.end(Close.TOO_SLOW, "too_slow")
            return
        self._queue.append(frame)
        self._queued += len(frame)
        self._filled.set()

    def refuse(self, error: AppError, ref: str | None = None) -> None:
        """Queues an error frame."""
        frame = Error(code=error.code, detail=error.detail, ref=ref, retry_after=error.retry_after)
        self.send(frame.model_dump_json(exclude_none=True))

    def end(self, code: Close, reason: str = "") -> None:
        """Ends the socket; the first reason counts."""
        if self._ending is None and self._task is not None:
            self._ending = (code, reason)
            self._task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work beside reader and writer; it ends with the socket, and its failure ends it."""
        if self._group is None or self._ending is not None:
            work.close()
        else:
            self._group.create_task(self.guard(work))

    async def guard(self, work: Awaitable[None], ref: str | None = None) -> None:
        """Awaits work; an `AppError` becomes an error frame, anything else ends the socket."""
        try:
            await work
        except AppError as error:
            self.refuse(error, ref)
        except Exception:
            logger.exception("socket_crashed")
            self.end(Close.CRASHED, "internal_error")

    def stalled(self, now: float) -> bool:
        """Whether one frame has been on its way for too long; `now` is monotonic, in seconds."""
        since = self._stalled_since
        return since > 0 and now - since > self._caps.stalled_seconds

    async def serve(self, frames: TypeAdapter[Any], on_frame: OnFrame) -> None:
        """Reads and writes until the socket ends; then closes it."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self._write())
                with suppress(WebSocketDisconnect):
                    await self._read(frames, on_frame)
                self.end(Close.GONE)
                await asyncio.sleep(0)  # where the cancellation arrives
        except asyncio.CancelledError:
            if self._ending is None or self._task is None:
                raise  # the server's own, not ours
            self._task.uncancel()
        finally:
            self._group = None
        await close(self._socket, *self._ending or (Close.GONE, ""), self._caps)

    async def _write(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                self._stalled_since = time.monotonic()
                try:
                    await self._socket.send_text(self._queue[0])
                except (WebSocketDisconnect, RuntimeError):
                    return  # closed under our hands; the reader learns of it
                self._stalled_since = 0.0
                self._queued -= len(self._queue.popleft())

    async def _read(self, frames: TypeAdapter[Any], on_frame: OnFrame) -> None:
        while True:
            text = await receive(self._socket)
            if not self._fits(text):
                self.end(Close.TOO_BIG, "frame_too_big")
            elif self._counts():
                await self._handle(text, frames, on_frame)
            else:
                self._fault(TooManyFrames(retry_after=int(self._caps.window_seconds)), text)

    def _fits(self, text: str) -> bool:
        cap = self._caps.frame_bytes
        return len(text) <= cap // 4 or len(text.encode()) <= cap

    def _counts(self) -> bool:
        """Counts a frame; whether it is within the window's limit."""
        start, seen, faults = self._window
        if time.monotonic() - start > self._caps.window_seconds:
            start, seen, faults = time.monotonic(), 0, 0
        self._window = (start, seen + 1, faults)
        return seen < self._caps.frames

    def _fault(self, error: AppError, text: str) -> None:
        start, seen, faults = self._window
        self._window = (start, seen, faults + 1)
        if faults + 1 > self._caps.faults:
            self.end(Close.TOO_MANY, error.code)
        else:
            self.refuse(error, reference(text))

    async def _handle(self, text: str, frames: TypeAdapter[Any], on_frame: OnFrame) -> None:
        try:
            frame = frames.validate_json(text)
        except ValidationError as error:
            self._fault(explain(error), text)
            return
        with tracing.span(f"frame {frame.type}", kind=SpanKind.SERVER):
            await self.guard(on_frame(frame), reference(text))


class Sockets:
    """All sockets of a process: admits them, and ends those that must not stay."""

    def __init__(
        self, verifier: Verifier, revocations: Revocations, clock: Clock, caps: Caps | None = None
    ) -> None:
        self._verifier = verifier
        self._revocations = revocations
        self._clock = clock
        self._caps = caps or Caps()
        self._open: set[Connection] = set()
        self._draining = False

    async def admit(self, socket: WebSocket) -> Connection | None:
        """Accepts a socket and checks the token in its first message; closes it if that fails."""
        await socket.accept()
        if self._draining:
            return await close(socket, Close.DRAINING, "draining", self._caps)
        try:
            async with asyncio.timeout(self._caps.handshake_seconds):
                text = await receive(socket)
            return Connection(socket, await self._check(AUTH.validate_json(text)), self._caps)
        except WebSocketDisconnect:
            return None
        except TimeoutError:
            return await close(socket, Close.TIMED_OUT, "auth_expected", self._caps)
        except ValidationError:
            return await close(socket, Close.UNAUTHORIZED, "auth_expected", self._caps)
        except AppError as error:
            return await close(socket, code_of(error), error.code, self._caps)

    async def serve(
        self, connection: Connection, frames: TypeAdapter[Any], on_frame: OnFrame
    ) -> None:
        """Serves an admitted socket until it ends; `auth` and `ping` are answered here."""

        async def handle(frame: Any) -> None:
            if isinstance(frame, Ping):
                connection.send(PONG)
            elif isinstance(frame, Auth):
                await self._renew(connection, frame)
            else:
                await on_frame(frame)

        self._open.add(connection)
        metrics.SOCKETS.inc()
        try:
            await connection.serve(frames, handle)
        finally:
            self._open.discard(connection)
            metrics.SOCKETS.dec()

    async def watch(self, draining: asyncio.Event) -> None:
        """Ends sockets that must not stay, until cancelled; all of them once `draining` is set."""
        while True:
            if not self._draining:
                with suppress(TimeoutError):
                    await asyncio.wait_for(draining.wait(), self._caps.watch_seconds)
            else:
                await asyncio.sleep(self._caps.watch_seconds)
            self._draining = draining.is_set()
            for connection in list(self._open):
                self._inspect(connection)

    def _inspect(self, connection: Connection) -> None:
        principal = connection.principal
        if self._draining:
            connection.end(Close.DRAINING, "draining")
        elif principal.expires_at <= self._clock.now():
            connection.end(Close.UNAUTHORIZED, "token_expired")
        elif connection.stalled(time.monotonic()):
            connection.end(Close.TOO_SLOW, "too_slow")
        else:
            try:
                self._revocations.check(principal)
            except AppError as error:
                connection.end(code_of(error), error.code)

    async def _check(self, frame: Auth) -> Principal:
        principal = await self._verifier.verify(frame.token)
        self._revocations.check(principal)
        return principal

    async def _renew(self, connection: Connection, frame: Auth) -> None:
        principal = await self._check(frame)
        if principal.account_id != connection.principal.account_id:
            raise OtherAccount
        connection.principal = principal
        connection.send(RENEWED)


async def receive(socket: WebSocket) -> str:
    """The next text; a binary frame reads as an empty one, which is no valid frame.

    Raises `WebSocketDisconnect`.
    """
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    return message.get("text") or ""


async def close(socket: WebSocket, code: Close, reason: str, caps: Caps) -> None:
    """Closes a socket, unless the client has gone or does not read even now."""
    if code is Close.GONE:
        return
    metrics.SOCKET_CLOSES.labels(str(code.value)).inc()
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(caps.closing_seconds):
            await socket.close(code, reason)


def code_of(error: AppError) -> Close:
    """The close code of a refusal that a socket does not survive."""
    kinds = ((Unauthorized, Close.UNAUTHORIZED), (Forbidden, Close.FORBIDDEN),
             (Unavailable, Close.TRY_LATER))  # fmt: skip
    return next((code for kind, code in kinds if isinstance(error, kind)), Close.CRASHED)


def explain(error: ValidationError) -> AppError:
    """The error frame's error: which field of a frame is wrong, never what it holds."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "union_tag_invalid":
        return UnknownFrame()
    place = ".".join(str(part) for part in first["loc"][1:])
    return BadFrame(f"{place}: {first['msg']}" if place else None)


def reference(text: str) -> str | None:
    """What a frame calls itself, to name it in the answer: `ref` or `client_msg_id`."""
    try:
        frame = from_json(text)
    except ValueError:
        return None
    found = frame.get("ref") or frame.get("client_msg_id") if isinstance(frame, dict) else None
    return found[:64] if isinstance(found, str) else None
