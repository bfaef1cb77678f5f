"""The driver of a storm, a process of its own: each request once, evenly within some seconds.

python -m tests.bench.storm < plan
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field

import uvloop

from tests.bench.load import cpu_seconds, percentile
from tests.bench.wire import HOST, Exchange, request


@dataclass
class Storm:
    """What is asked, within how many seconds, of which process; each by a connection of its own."""

    port: int
    requests: list[tuple[str, str, dict[str, str], str]]
    seconds: float = 1.0
    pids: list[int] = field(default_factory=list)
    patience: float = 60.0


@dataclass
class Passed:
    """What it saw; what was not answered by 200, by its status. `took` are seconds from the first
    request to the last answer, the other times are in milliseconds, from when a request was due.
    """

    answered: int
    wrong: dict[str, int]
    took: float
    p50: float
    p99: float
    cpu_ms: float


class Driver:
    """One storm."""

    def __init__(self, plan: Storm) -> None:
        self._plan = plan
        self._times: list[float] = []
        self._wrong: dict[str, int] = {}
        self._all = asyncio.Event()

    async def run(self) -> Passed:
        """Connects, asks and waits for all answers."""
        loop, plan = asyncio.get_running_loop(), self._plan
        lines = []
        for one in plan.requests:
            _, exchange = await loop.create_connection(
                lambda: Exchange(self._answered), HOST, plan.port
            )
            lines.append((exchange, request(*one)))
        used, begun = cpu_seconds(plan.pids), time.perf_counter()
        for number, (exchange, words) in enumerate(lines):
            exchange.began = begun + number * plan.seconds / len(lines)
            await asyncio.sleep(max(0.0, exchange.began - time.perf_counter()))
            exchange.ask(words)
        await asyncio.wait_for(self._all.wait(), plan.patience)
        took, used = time.perf_counter() - begun, cpu_seconds(plan.pids) - used
        for exchange, _ in lines:
            exchange.close()
        return Passed(
            len(self._times), self._wrong, took, percentile(self._times, 0.5),
            percentile(self._times, 0.99), 1_000 * used / len(lines),
        )  # fmt: skip

    def _answered(self, exchange: Exchange, status: int, _: bytes) -> None:
        self._times.append(time.perf_counter() - exchange.began)
        if status != 200:
            self._wrong[str(status)] = self._wrong.get(str(status), 0) + 1
        if len(self._times) == len(self._plan.requests):
            self._all.set()


if __name__ == "__main__":
    wanted = Storm(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(Driver(wanted).run()))))  # noqa: T201
