"""First words of four protocols: enough to tell a server that serves from one that only listens.

A port that accepts connections may belong to somebody else, or to a server that still reads its
log; so each probe asks something harmless and looks at the answer. Nothing is imported for it: the
supervisor stays small.
"""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from deploy.local.ports import HOST

TIMEOUT = 1.0
"""Seconds to connect and to answer."""


@dataclass(frozen=True)
class Probe:
    """What to send, and whether the first bytes of the answer come from a ready server."""

    request: bytes
    accepts: Callable[[bytes], bool]

    def passes(self, port: int) -> bool:
        """Whether the server on this port is ready now."""
        try:
            with socket.create_connection((HOST, port), TIMEOUT) as connection:
                connection.settimeout(TIMEOUT)
                connection.sendall(self.request)
                return self.accepts(connection.recv(64))
        except OSError:
            return False


def _postgres_hello() -> bytes:
    """A start-up message of protocol 3.0.

    A server in recovery answers `E`(rror), a ready one asks for the password: `R`.
    """
    body = struct.pack("!i", 196_608) + b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!i", len(body) + 4) + body


def _kafka_api_versions() -> bytes:
    """An ApiVersions request, version 0, correlation id 7, without a client id."""
    body = struct.pack("!hhih", 18, 0, 7, -1)
    return struct.pack("!i", len(body)) + body


def _mongo_hello() -> bytes:
    """An OP_MSG with the document `{hello: 1, $db: "admin"}`."""
    fields = (
        b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    )
    document = struct.pack("<i", len(fields) + 5) + fields + b"\0"
    body = struct.pack("<i", 0) + b"\0" + document
    return struct.pack("<iiii", len(body) + 16, 7, 0, 2013) + body


POSTGRES = Probe(_postgres_hello(), lambda answer: answer[:1] == b"R")
REDIS = Probe(b"PING\r\n", lambda answer: answer.startswith(b"+PONG"))
KAFKA = Probe(_kafka_api_versions(), lambda answer: answer[4:8] == struct.pack("!i", 7))
MONGO = Probe(_mongo_hello(), lambda answer: answer[8:12] == struct.pack("<i", 7))
