"""A real server and a client for tests of sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed


class Quiet(uvicorn.Server):
    """A server that leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does not."""
        yield


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[int]:
    """The app on a free port, as `make up` serves it."""
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = Quiet(config)
    listener = socket.create_server(("127.0.0.1", 0))
    # A small buffer of the system's, or a megabyte would go to a client that reads nothing.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task


class Client:
    """A person's socket; frames are dictionaries."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def tell(self, type_: str, **fields: Any) -> None:
        """Sends a frame."""
        await self.socket.send(json.dumps({"type": type_} | fields, default=str))

    async def next(self, seconds: float = 10) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(seconds):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def await_type(self, *types: str, seconds: float = 10) -> dict[str, Any]:
        """The next frame of one of these types; others are skipped."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.next(seconds)
                if frame["type"] in types:
                    return frame

    async def closed(self, seconds: float = 10) -> tuple[int, str]:
        """Reads until the server closes; its code and reason."""

        async def read_on() -> None:
            while True:
                await self.next(seconds)

        with pytest.raises(ConnectionClosed) as closed:
            await read_on()
        frame = closed.value.rcvd
        assert frame is not None, "the connection was lost without a close frame"
        return frame.code, frame.reason


async def dial(port: int, path: str, **options: Any) -> ClientConnection:
    """Opens a socket that has said nothing yet."""
    url = f"ws://127.0.0.1:{port}{path}"
    return await open_socket(url, compression=None, ping_interval=None, **options)
