"""The background process of a service: relay, consumers and probes in one event loop, until
SIGTERM.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette

from libs import log, probes, tracing
from libs.consumer import Consumer
from libs.errors import Unavailable
from libs.kafka import Producer
from libs.process import settle
from libs.relay import Relay
from libs.settings import CoreSettings

logger = log.get(__name__)


@dataclass
class Background:
    """What a background process runs: its relay, its consumers, and further loops that end only
    when cancelled.
    """

    producer: Producer
    relay: Relay
    consumers: Sequence[Consumer] = ()
    loops: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    checks: Mapping[str, probes.Check] = field(default_factory=dict)

    def readiness(self) -> Mapping[str, probes.Check]:
        """The checks of stores and broker, and whether relay and consumers are at work."""
        parts: dict[str, bool] = {"relay": self.relay.ready}
        parts |= {f"consumer {consumer.name}": consumer.ready for consumer in self.consumers}
        checks = {**self.checks, "broker": self.producer.ping}
        return {**checks, **{name: _as_check(ready) for name, ready in parts.items()}}


def _as_check(ready: bool) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        if not ready:
            raise Unavailable("not at work yet")

    return check


def run(
    name: str, settings: CoreSettings, build: Callable[[], AbstractAsyncContextManager[Background]]
) -> None:
    """Runs the background process in the foreground until SIGTERM or SIGINT, then stops in
    order.
    """
    log.configure(name, settings.log_level)
    tracing.configure(name, settings.trace_endpoint)
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_main(settings, build))


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415  (only this process's entry needs it)

    return uvloop.new_event_loop()


async def _main(
    settings: CoreSettings, build: Callable[[], AbstractAsyncContextManager[Background]]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build() as background:
        server = _probes(settings, background)
        work = [background.relay.run(), *(consumer.run() for consumer in background.consumers)]
        tasks = [asyncio.create_task(coroutine) for coroutine in work]
        tasks += [asyncio.create_task(make()) for make in background.loops]
        serving = [asyncio.create_task(server.serve())] if settings.probe_port else []
        settle()
        await _until(stop, tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.should_exit = True
        await asyncio.gather(*serving, return_exceptions=True)
        await background.producer.stop()


async def _until(stop: asyncio.Event, tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Waits for the signal; a loop that ends by itself is a fault, and ends the process so that it
    is started again.
    """
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done - {stopping}:
        logger.error("loop_ended", exc_info=task.exception())
        raise SystemExit(1)


class _Probes(uvicorn.Server):
    """The probes' server; signals belong to the process around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


def _probes(settings: CoreSettings, background: Background) -> _Probes:
    """Outside production the probes stay on the machine itself."""
    config = uvicorn.Config(
        Starlette(routes=probes.routes(background.readiness)),
        host="127.0.0.1" if settings.relaxed else "0.0.0.0",  # noqa: S104  (scraped over the network)
        port=settings.probe_port,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    return _Probes(config)
