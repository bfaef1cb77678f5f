"""Small clients for load: HTTP/1.1 with keep-alive, and WebSocket (RFC 6455), over bare asyncio.

A client library would cost more CPU than the server that it measures.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

HOST = "127.0.0.1"
TEXT = 0x81
"""First byte of a final text frame."""
CLOSE, PING = 0x8, 0x9


class Exchange(asyncio.Protocol):
    """One connection that carries one request at a time; the answer must have a length."""

    def __init__(self, answered: Callable[["Exchange", int, bytes], None]) -> None:
        self._answered = answered
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        # uvloop's transports are no subclasses
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes) -> None:
        """Sends a whole request."""
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collects the answer; hands out its status and body when it is whole."""
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        body_begins = end + 4
        length = _content_length(self._buffer[:end])
        if len(self._buffer) < body_begins + length:
            return
        body, status = self._buffer[body_begins : body_begins + length], int(self._buffer[9:12])
        self._buffer = b""
        self._answered(self, status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that the server closes is a failed answer."""
        if self._buffer or exc is not None:
            self._answered(self, 0, b"")

    def close(self) -> None:
        """Closes the connection."""
        if self._transport is not None:
            self._transport.close()


def _content_length(head: bytes) -> int:
    head = head.lower()
    at = head.find(b"content-length:")
    if at < 0:
        return 0
    line = head[at + 15 :].partition(b"\r\n")[0]
    return int(line)


def request(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Socket(asyncio.Protocol):
    """One WebSocket; calls `heard(socket, payload)` for each text frame."""

    def __init__(self, heard: Callable[["Socket", bytes], None]) -> None:
        self._heard = heard
        self._buffer = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the upgrade."""
        # uvloop's transports are no subclasses
        self._transport = cast("asyncio.Transport", transport)

    def upgrade(self, path: str) -> None:
        """Sends the handshake."""
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
        }
        assert self._transport is not None
        self._transport.write(request("GET", path, headers))

    def send(self, text: str) -> None:
        """Sends a text frame; the mask is zero, which leaves the payload as it is."""
        payload = text.encode()
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", TEXT, 0x80 | size)
        else:
            head = struct.pack("!BBH", TEXT, 0x80 | 126, size)
        assert self._transport is not None
        self._transport.write(head + b"\0\0\0\0" + payload)

    def data_received(self, data: bytes) -> None:
        """Takes the buffer apart into frames."""
        self._buffer += data
        if not self._open and not self._handshake():
            return
        at, size = 0, len(self._buffer)
        while size - at >= 2:
            kind, length, begin = self._buffer[at] & 0xF, self._buffer[at + 1] & 0x7F, at + 2
            if length == 126:
                if size - at < 4:
                    break
                (length,) = struct.unpack_from("!H", self._buffer, at + 2)
                begin = at + 4
            elif length == 127:
                if size - at < 10:
                    break
                (length,) = struct.unpack_from("!Q", self._buffer, at + 2)
                begin = at + 10
            if size < begin + length:
                break
            self._frame(kind, bytes(self._buffer[begin : begin + length]))
            at = begin + length
        del self._buffer[:at]

    def _handshake(self) -> bool:
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(ConnectionError(head[:60].decode(errors="replace")))
            return False
        self._open, self._buffer = True, bytearray(rest)
        self.opened.set_result(None)
        return True

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self.closed = True
        elif kind == PING and self._transport is not None:
            self._transport.write(
                struct.pack("!BB", 0x8A, 0x80 | len(payload)) + b"\0" * 4 + payload
            )
        elif kind == 1:
            self.count += 1
            self._heard(self, payload)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Notes the end."""
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))

    def close(self) -> None:
        """Drops the connection."""
        if self._transport is not None:
            self._transport.close()


async def open_socket(port: int, path: str, heard: Callable[[Socket, bytes], None]) -> Socket:
    """A WebSocket after its handshake. Raises `ConnectionError`."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(heard), HOST, port)
    socket.upgrade(path)
    await socket.opened
    return socket
