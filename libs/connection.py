"""One socket: a reader and a writer in one task group, a bounded queue, limits, an orderly end."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from opentelemetry.trace import SpanKind
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from libs import log, metrics, tracing
from libs.auth import Principal
from libs.errors import AppError, Forbidden, Unauthorized, Unavailable
from libs.frames import Error, TooManyFrames, explain, reference

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


OnFrame = Callable[[Any], Awaitable[None]]
OnOpen = Callable[[], Awaitable[None]]


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
        "_caps",
        "_emptied",
        "_ending",
        "_filled",
        "_group",
        "_queue",
        "_queued",
        "_socket",
        "_stalled_since",
        "_task",
        "_window",
        "principal",
    )

    def __init__(self, socket: WebSocket, principal: Principal, caps: Caps) -> None:
        self.principal = principal
        self._socket = socket
        self._caps = caps
        self._queue: deque[str] = deque()
        self._queued = 0
        self._filled = asyncio.Event()
        self._emptied: asyncio.Future[None] | None = None
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

    async def drained(self) -> None:
        """Waits until all that was queued has left; for whoever sends much at once."""
        while self._queue:
            if self._emptied is None:
                self._emptied = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._emptied)

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
            self._group.create_task(self._must(work))

    def stalled(self, now: float) -> bool:
        """Whether one frame has been on its way for too long; `now` is monotonic, in seconds."""
        since = self._stalled_since
        return since > 0 and now - since > self._caps.stalled_seconds

    async def serve(self, frames: TypeAdapter[Any], on_frame: OnFrame, on_open: OnOpen) -> None:
        """Reads and writes until the socket ends; then closes it."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self._write())
                await self._must(on_open())
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

    async def _must(self, work: Awaitable[None]) -> None:
        """Awaits what the socket cannot go on without."""
        try:
            await work
        except AppError as error:
            self.end(code_of(error), error.code)
        except Exception:
            logger.exception("socket_crashed")
            self.end(Close.CRASHED, "internal_error")

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
            if self._emptied is not None:
                self._emptied.set_result(None)
                self._emptied = None

    async def _read(self, frames: TypeAdapter[Any], on_frame: OnFrame) -> None:
        while self._ending is None:
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
            await self._must(self._answer(on_frame(frame), frame.reference()))

    async def _answer(self, work: Awaitable[None], ref: str | None) -> None:
        try:
            await work
        except AppError as error:
            self.refuse(error, ref)


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
