"""What the tests of the stand-ins run: the whole process on free ports, and a webhook receiver."""

import asyncio
import json
import random
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import stripe
from starlette.requests import Request
from starlette.responses import Response
from uvicorn import Config

from deploy.local.vendors.process import Server, Vendors, bind
from deploy.local.vendors.settings import BadSettings, Settings, Target

WEBHOOK_SECRET = "whsec_only_for_these_tests"
OBJECTS_SECRET = "objects-only-for-these-tests"
API_KEY = "sk_test_12345"


def free_port() -> int:
    """A port that is free, below the range out of which systems take ports by themselves.

    A port out of that range may be somebody's outgoing connection a moment later.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first truthy result of `condition`; raises TimeoutError when there is none in time."""
    async with asyncio.timeout(seconds):
        while not (result := condition()):  # noqa: ASYNC110 (conditions of any kind)
            await asyncio.sleep(0.01)
        return result


@dataclass
class Clock:
    """The real time plus what a test adds, in seconds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Receiver:
    """A webhook endpoint that keeps what it gets; `answers` are statuses to give first."""

    got: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    url: str = ""

    async def endpoint(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.got.append((request.headers["stripe-signature"], await request.body()))
        await Response(status_code=self.answers.pop(0) if self.answers else 200)(
            scope, receive, send
        )

    async def wait(self, count: int) -> None:
        """Until so many webhooks have arrived; raises TimeoutError after five seconds."""
        await eventually(lambda: len(self.got) == count)

    def types(self) -> list[str]:
        """The types of the events that arrived."""
        return [json.loads(body)["type"] for _, body in self.got]


@dataclass
class Stand:
    """The running stand-ins as a test sees them."""

    settings: Settings
    vendors: Vendors
    clock: Clock
    hooks: Receiver
    http: httpx.AsyncClient

    @property
    def base(self) -> str:
        """Origin of the vendors' port, which plays the gateway as well."""
        return f"http://127.0.0.1:{self.settings.vendors_port}"

    @property
    def objects(self) -> str:
        """Origin of the object endpoint."""
        return f"http://127.0.0.1:{self.settings.objects_port}"

    def stripe(self, key: str = API_KEY, retries: int = 0) -> stripe.StripeClient:
        """The real SDK as payment_service sets it up."""
        return stripe.StripeClient(
            key,
            base_addresses={"api": f"{self.base}/stripe"},
            max_network_retries=retries,
            http_client=stripe.HTTPXClient(timeout=10),
        )


@asynccontextmanager
async def serving(server: Server, port: int) -> AsyncIterator[None]:
    """Run one uvicorn server on a port for the time of the block."""
    task = asyncio.create_task(server.serve([bind("PORT", port)]))
    await server.listening.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A running webhook endpoint."""
    hooks, port = Receiver(), free_port()
    hooks.url = f"http://127.0.0.1:{port}/hook"
    config = Config(
        hooks.endpoint, interface="asgi3", lifespan="off", ws="none", log_level="warning"
    )
    async with serving(Server(config), port):
        yield hooks


@asynccontextmanager
async def standing(
    data: Path,
    hooks: Receiver,
    clock: Clock | None = None,
    targets: tuple[Target, ...] = (),
    redis_url: str = "",
) -> AsyncIterator[Stand]:
    """The whole process, in this loop, with its data in `data`."""
    clock, stop = clock or Clock(), asyncio.Event()

    def made() -> Vendors:
        port = free_port()
        settings = Settings(
            "local", port, free_port(), free_port(), f"http://127.0.0.1:{port}", data,
            hooks.url, WEBHOOK_SECRET, OBJECTS_SECRET, redis_url, targets,
        )  # fmt: skip
        return Vendors(settings, clock)

    for last in (False, False, True):
        vendors = made()
        task = asyncio.create_task(_run(vendors, stop, ready := asyncio.Event()))
        await ready.wait()
        if not task.done() or last or not isinstance(task.exception(), BadSettings):
            break  # else somebody was faster to take one of these ports
    if task.done():
        await task
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Stand(vendors.settings, vendors, clock, hooks, http)
        stop.set()
        await task


async def _run(vendors: Vendors, stop: asyncio.Event, ready: asyncio.Event) -> None:
    """Runs them; `ready` is set when they are, and also when they fail."""
    try:
        await vendors.run(stop, ready.set)
    finally:
        ready.set()
