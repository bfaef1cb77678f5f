"""The loop of a WebSocket endpoint: handshake, reader and writer, limits, and an orderly end.

The token comes in the first message (`{"type": "auth", "token": "..."}`), never in the URL, since
URLs are logged. Frames are JSON objects with a `type`; a failure is answered with an error frame.
One watcher per process ends sockets whose token has expired, whose login or account is gone, that
read too slowly, or that must move because the process drains. Protocol pings, which find dead
peers, are uvicorn's (`--ws-ping-interval`, 20 s by default).
"""

import asyncio
import time
from contextlib import suppress
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from libs import metrics
from libs.auth import Principal
from libs.clock import Clock
from libs.connection import Caps, Close, Connection, OnFrame, OnOpen, close, code_of, receive
from libs.errors import AppError
from libs.frames import AUTH, PONG, RENEWED, Auth, OtherAccount, Ping
from libs.revocations import Revocations
from libs.tokens import Verifier


class Sockets:
    """All sockets of a process: admits them, and ends those that must not stay.

    `service` names the process's own, such as `message_service`: narrowed tokens need its scopes.
    """

    def __init__(
        self,
        service: str,
        verifier: Verifier,
        revocations: Revocations,
        clock: Clock,
        caps: Caps | None = None,
    ) -> None:
        self._service = service
        self._verifier = verifier
        self._revocations = revocations
        self._clock = clock
        self._caps = caps or Caps()
        self._open: set[Connection] = set()
        self._draining = False

    async def admit(self, socket: WebSocket) -> Connection | None:
        """Accepts a socket and checks the token in its first message; closes it if that fails."""
        refusal = (Close.DRAINING, "draining")
        try:
            await socket.accept()
            if not self._draining:
                async with asyncio.timeout(self._caps.handshake_seconds):
                    text = await receive(socket)
                return Connection(socket, await self._check(AUTH.validate_json(text)), self._caps)
        except WebSocketDisconnect:
            return None
        except TimeoutError:
            refusal = (Close.TIMED_OUT, "auth_expected")
        except ValidationError:
            refusal = (Close.UNAUTHORIZED, "auth_expected")
        except AppError as error:
            refusal = (code_of(error), error.code)
        await close(socket, *refusal, self._caps)
        return None

    async def serve(
        self,
        connection: Connection,
        frames: TypeAdapter[Any],
        on_frame: OnFrame,
        on_open: OnOpen,
    ) -> None:
        """Serves an admitted socket until it ends: `on_open` first, then `on_frame` for each frame.

        `frames` reads the union of the frames, `Auth` and `Ping` among them; those two are answered
        here. What `on_frame` raises as `AppError` becomes an error frame.
        """

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
            await connection.serve(frames, handle, on_open)
        finally:
            self._open.discard(connection)
            metrics.SOCKETS.dec()

    async def watch(self, draining: asyncio.Event) -> None:
        """Ends sockets that must not stay, until cancelled; all of them once `draining` is set."""
        while True:
            if not self._draining:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._caps.watch_seconds):
                        await draining.wait()
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
        principal.check_scope(self._service, writes=False)
        principal.check_scope(self._service, writes=True)  # a socket does both
        return principal

    async def _renew(self, connection: Connection, frame: Auth) -> None:
        principal = await self._check(frame)
        if principal.account_id != connection.principal.account_id:
            raise OtherAccount
        connection.principal = principal
        connection.send(RENEWED)
