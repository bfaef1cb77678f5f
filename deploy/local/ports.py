"""Free ports on the loopback interface."""

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 12_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 2_000


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _below_outgoing() -> int:
    """The first port that the kernel gives to outgoing connections."""
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768


def choose(count: int) -> list[int]:
    """Returns `count` distinct free ports, chosen at random so that two clones rarely meet.

    They lie below the range of outgoing connections: a port from that range may be taken as the
    source of somebody's connection while its server restarts, and a client that knocks at a dead
    server there can even end up connected to itself.

    Raises `OSError` when the machine has no free ports.
    """
    highest = max(_below_outgoing(), LOWEST + 10_000) - 1
    chosen: set[int] = set()
    generator = random.SystemRandom()
    for _ in range(_TRIES):
        if len(chosen) == count:
            return sorted(chosen)
        port = generator.randint(LOWEST, highest)
        if port not in chosen and is_free(port):
            chosen.add(port)
    raise OSError(f"no {count} free ports between {LOWEST} and {highest} on {HOST}")
