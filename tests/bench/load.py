"""The HTTP load driver, a process of its own: reads a plan (JSON) and writes what it saw (JSON).

    python -m tests.bench.load < plan

A closed loop keeps `connections` requests under way. With `rate` it is an open one: requests begin
at fixed times whether or not earlier ones were answered, and a late start counts as waiting.
"""

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from tests.bench.wire import HOST, Exchange, request

TICKS = 100.0
"""Of /proc/PID/stat, per second (USER_HZ, which is 100 on all Linux that we know)."""


@dataclass
class Plan:
    """What to ask, how hard and for how long; `requests` are taken in turn."""

    port: int
    requests: list[tuple[str, str, dict[str, str], str]]
    seconds: float
    connections: int = 8
    rate: float = 0.0
    warm_seconds: float = 0.3
    pids: list[int] = field(default_factory=list)
    expect: int = 200


@dataclass
class Seen:
    """What a run saw; times in milliseconds, `cpu_ms` per answered request of all `pids`."""

    answered: int
    wrong: int
    rate: float
    p50: float
    p99: float
    cpu_ms: float
    statuses: dict[str, int]


def cpu_seconds(pids: list[int]) -> float:
    """CPU time that processes have used so far."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def percentile(times: list[float], part: float) -> float:
    """A percentile of times in seconds, as milliseconds."""
    ordered = sorted(times)
    return 1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = [request(*one) for one in plan.requests]
        self._next = 0
        self._times: list[float] = []
        self._statuses: dict[int, int] = {}
        self._idle: deque[Exchange] = deque()
        self._due: deque[float] = deque()
        self._going = True
        self._under_way = 0

    async def run(self) -> Seen:
        """Warms up, then measures."""
        loop, plan = asyncio.get_running_loop(), self._plan
        for _ in range(plan.connections):
            _, exchange = await loop.create_connection(
                lambda: Exchange(self._answered), HOST, plan.port
            )
            self._idle.append(exchange)
        everyone = list(self._idle)
        pace = asyncio.create_task(self._pace()) if plan.rate else None
        if pace is None:
            while self._idle:
                self._ask(self._idle.popleft(), time.perf_counter())
        await asyncio.sleep(plan.warm_seconds)
        self._times.clear()
        self._statuses.clear()
        begun, used = time.perf_counter(), cpu_seconds(plan.pids)
        await asyncio.sleep(plan.seconds)
        took, used = time.perf_counter() - begun, cpu_seconds(plan.pids) - used
        seen = self._sum_up(took, used)
        self._going = False
        if pace is not None:
            pace.cancel()
        await self._settle(everyone)
        return seen

    async def _settle(self, everyone: list[Exchange]) -> None:
        for _ in range(500):  # what is under way may still change the store
            if self._under_way:
                await asyncio.sleep(0.01)
        for exchange in everyone:
            exchange.close()

    def _sum_up(self, took: float, used: float) -> Seen:
        answered = len(self._times)
        return Seen(
            answered=answered,
            wrong=sum(n for status, n in self._statuses.items() if status != self._plan.expect),
            rate=answered / took,
            p50=percentile(self._times, 0.5),
            p99=percentile(self._times, 0.99),
            cpu_ms=1_000 * used / answered if answered else 0.0,
            statuses={str(one): n for one, n in self._statuses.items()},
        )

    async def _pace(self) -> None:
        due, gap = time.perf_counter(), 1 / self._plan.rate
        while True:
            now = time.perf_counter()
            while due <= now:
                if self._idle:
                    self._ask(self._idle.popleft(), due)
                else:
                    self._due.append(due)
                due += gap
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    def _ask(self, exchange: Exchange, began: float) -> None:
        exchange.began = began
        self._under_way += 1
        exchange.ask(self._requests[self._next])
        self._next = (self._next + 1) % len(self._requests)

    def _answered(self, exchange: Exchange, status: int, _: bytes) -> None:
        now = time.perf_counter()
        self._under_way -= 1
        self._times.append(now - exchange.began)
        self._statuses[status] = self._statuses.get(status, 0) + 1
        if not self._going or status == 0:
            return
        if not self._plan.rate:
            self._ask(exchange, now)
        elif self._due:
            self._ask(exchange, self._due.popleft())
        else:
            self._idle.append(exchange)


if __name__ == "__main__":
    wanted = Plan(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(Load(wanted).run()))))  # noqa: T201
