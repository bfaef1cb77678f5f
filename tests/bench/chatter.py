"""The driver of sockets, a process of its own: reads a plan (JSON), writes what it saw (JSON).

    python -m tests.bench.chatter < plan

`work` is `paced` (each client sends `rate` messages a second), `saturated` (each has one under
way), `fanout` (the first sends, with `window` not yet back; all others listen) or `idle`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from libs.ids import new_id
from tests.bench.load import cpu_seconds, percentile
from tests.bench.wire import Socket, open_socket

PATH = "/ws/v1"
NAME = b'"client_msg_id":"'
ACK, MESSAGE, READY = b'"type":"ack"', b'"type":"message"', b'"type":"ready"'
BODY = "A message of ordinary length, as people write them all day long: see you at nine?"
AT_ONCE = 25


@dataclass
class Plan:
    """`clients` are (token, conversation id)."""

    port: int
    work: str
    clients: list[tuple[str, str]]
    seconds: float = 2.0
    rate: float = 1.0
    senders: int = 1
    pids: list[int] = field(default_factory=list)


@dataclass
class Heard:
    """Times in milliseconds; `per_second` counts acknowledged messages, or deliveries."""

    count: int = 0
    per_second: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    cpu_ms: float = 0.0
    lost: int = 0
    kilobytes: float = 0.0


def resident_kilobytes(pids: list[int]) -> int:
    """Memory of processes that is in RAM."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total


class Chatter:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sockets: list[Socket] = []
        self._sent: dict[bytes, tuple[Socket, float]] = {}
        self._senders: set[Socket] = set()
        self._times: list[float] = []
        self._waiting: dict[Socket, asyncio.Future[None]] = {}
        self._measuring = False
        self._going = True
        self._delivered = 0

    async def run(self) -> Heard:
        """Connects all, works, closes all."""
        works: dict[str, Callable[[], Awaitable[Heard]]] = {
            "paced": self._paced, "saturated": self._saturated,
            "fanout": self._fanout, "idle": self._idle,
        }  # fmt: skip
        before = resident_kilobytes(self._plan.pids)
        for start in range(0, len(self._plan.clients), AT_ONCE):
            some = self._plan.clients[start : start + AT_ONCE]
            self._sockets += await asyncio.gather(*(self._join(token) for token, _ in some))
        heard = await works[self._plan.work]()
        heard.kilobytes = (resident_kilobytes(self._plan.pids) - before) / len(self._sockets)
        if any(socket.closed for socket in self._sockets):
            raise ConnectionError("the server closed a socket")
        for socket in self._sockets:
            socket.close()
        return heard

    async def _join(self, token: str) -> Socket:
        socket = await open_socket(self._plan.port, PATH, self._hear)
        self._waiting[socket] = asyncio.get_running_loop().create_future()
        socket.send(json.dumps({"type": "auth", "token": token}))
        await asyncio.wait_for(self._waiting[socket], 20)
        socket.send('{"type":"resume"}')
        return socket

    def _hear(self, socket: Socket, payload: bytes) -> None:
        if self._plan.work == "fanout" and MESSAGE in payload:
            self._delivered += 1
            if socket in self._senders:
                self._note(socket, payload)
        elif ACK in payload:
            if self._plan.work != "fanout":
                self._note(socket, payload)
        elif READY in payload:
            self._free(socket)
        elif b'"type":"error"' in payload:
            raise RuntimeError(payload.decode())

    def _free(self, socket: Socket) -> None:
        waiting = self._waiting.get(socket)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def _note(self, socket: Socket, payload: bytes) -> None:
        """A message of this socket has come back."""
        at = payload.find(NAME) + len(NAME)
        name = payload[at : at + 36]
        sender, began = self._sent.get(name, (None, 0.0))
        if sender is socket:
            del self._sent[name]
            if self._measuring:
                self._times.append(time.perf_counter() - began)
            self._free(socket)

    def _send(self, socket: Socket, conversation_id: str) -> None:
        name = str(new_id())
        self._sent[name.encode()] = (socket, time.perf_counter())
        socket.send(
            f'{{"type":"send","conversation_id":"{conversation_id}",'
            f'"client_msg_id":"{name}","body":"{BODY}"}}'
        )

    async def _exchange(self, socket: Socket, conversation_id: str) -> None:
        """Sends and waits for the `ack`, or in a room for the message itself."""
        self._waiting[socket] = asyncio.get_running_loop().create_future()
        self._send(socket, conversation_id)
        await asyncio.wait_for(self._waiting[socket], 20)

    async def _measure(self, tasks: list["asyncio.Task[None]"]) -> Heard:
        """Lets clients work: a short while to warm up, then measured."""
        await asyncio.sleep(0.4)
        self._measuring = True
        begun, used = time.perf_counter(), cpu_seconds(self._plan.pids)
        delivered = self._delivered
        await asyncio.sleep(self._plan.seconds)
        took, used = time.perf_counter() - begun, cpu_seconds(self._plan.pids) - used
        self._measuring = False
        count = self._delivered - delivered if self._plan.work == "fanout" else len(self._times)
        self._going = False
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.5)  # the last deliveries
        return Heard(
            count, count / took, percentile(self._times, 0.5), percentile(self._times, 0.99),
            1_000 * used / max(1, count), len(self._sent),
        )  # fmt: skip

    async def _paced(self) -> Heard:
        gap = 1 / self._plan.rate

        async def client(number: int, socket: Socket, conversation_id: str) -> None:
            due = time.perf_counter() + gap * number / len(self._sockets)
            while self._going:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await self._exchange(socket, conversation_id)
                due += gap

        return await self._measure(
            [
                asyncio.create_task(client(number, socket, conversation_id))
                for number, (socket, (_, conversation_id)) in enumerate(self._pairs())
            ]
        )

    async def _saturated(self) -> Heard:
        async def client(socket: Socket, conversation_id: str) -> None:
            while self._going:
                await self._exchange(socket, conversation_id)

        return await self._measure(
            [asyncio.create_task(client(socket, of)) for socket, (_, of) in self._pairs()]
        )

    def _pairs(self) -> list[tuple[Socket, tuple[str, str]]]:
        return list(zip(self._sockets, self._plan.clients, strict=True))

    async def _fanout(self) -> Heard:
        counts = [socket.count for socket in self._sockets]
        self._senders = set(self._sockets[: self._plan.senders])
        sent = 0

        async def sender(socket: Socket, conversation_id: str) -> None:
            nonlocal sent
            while self._going:
                sent += 1
                await self._exchange(socket, conversation_id)

        heard = await self._measure(
            [
                asyncio.create_task(sender(socket, of))
                for socket, (_, of) in self._pairs()[: self._plan.senders]
            ]
        )
        heard.lost = sum(
            sent - (socket.count - count)
            for socket, count in list(zip(self._sockets, counts, strict=True))[self._plan.senders :]
        )
        return heard

    async def _idle(self) -> Heard:
        await asyncio.sleep(self._plan.seconds)
        return Heard(len(self._sockets))


if __name__ == "__main__":
    wanted = Plan(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(Chatter(wanted).run()))))  # noqa: T201
