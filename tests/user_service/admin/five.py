"""All five services over real sockets, with the process that publishes revocations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import httpx

from libs.clock import FixedClock, SystemClock
from tests.payment_service.shop import stripe_settings
from tests.sockets import Client, dial, listening
from tests.stack import Stack
from tests.user_service.world import SETTINGS, Person, World
from user_service.app import create_app
from user_service.logins import revocations
from user_service.settings import Settings

READS = {
    "user_service": "/v1/me",
    "session_service": "/v1/study-sessions",
    "payment_service": "/v1/payments",
    "notification_service": "/v1/notifications",
    "message_service": "/v1/conversations",
}
"""What a tutor may read, by service."""
WRITES = {
    "user_service": ("DELETE", "/v1/logins/current"),
    "session_service": ("POST", "/v1/study-sessions"),
    "payment_service": ("POST", "/v1/checkouts"),
    "notification_service": ("POST", "/v1/devices"),
    "message_service": ("POST", "/v1/conversations"),
}
Headers = dict[str, str]


@dataclass
class Five:
    """The services' ports, and user_service with its people and its clock."""

    ports: dict[str, int]
    world: World
    web: httpx.AsyncClient

    async def ask(
        self, service: str, headers: Headers, method: str = "GET", path: str = ""
    ) -> tuple[int, str]:
        """Status and problem code of a request; without a path of what a tutor may read."""
        url = f"http://127.0.0.1:{self.ports[service]}{path or READS[service]}"
        answer = await self.web.request(method, url, headers=headers)
        body = answer.json() if answer.content else {}
        return answer.status_code, body.get("code", "") if answer.is_error else ""

    async def everywhere(self, headers: Headers) -> dict[str, tuple[int, str]]:
        """How each service answers a read."""
        return {service: await self.ask(service, headers) for service in self.ports}

    async def all_say(self, headers: Headers, status: int, code: str = "") -> bool:
        """Whether all services answer so."""
        return set((await self.everywhere(headers)).values()) == {(status, code)}

    async def open_socket(self, token: str) -> Client:
        """A socket of message_service that has said who it is."""
        client = Client(await dial(self.ports["message_service"], "/ws/v1"))
        await client.tell("auth", token=token)
        return client

    async def live(self, person: Person) -> Client:
        """A socket that is admitted."""
        client = await self.open_socket(person.login["access_token"])
        await client.await_type("ready")
        return client


@asynccontextmanager
async def five(stack: Stack) -> AsyncIterator[Five]:
    """Starts them; user_service's clock stands still, the others' runs."""
    async with stack.passing(), AsyncExitStack() as running:
        clock = FixedClock(SystemClock().now())
        app = create_app(await stack.settings_for(Settings, "user_service", **SETTINGS), clock)
        ports = {"user_service": await running.enter_async_context(listening(app))}
        base = f"http://127.0.0.1:{ports['user_service']}"
        for service in list(READS)[1:]:
            ports[service] = await running.enter_async_context(
                listening(await _app(stack, service, f"{base}/.well-known/jwks.json"))
            )
        web = await running.enter_async_context(httpx.AsyncClient(base_url=base, timeout=30))
        parts = app.state.resources
        await parts.redis.flushdb()
        publishing = asyncio.create_task(revocations.keep(parts.database, parts.redis))
        try:
            yield Five(ports, World(web, parts, clock), web)
        finally:
            publishing.cancel()
            await asyncio.wait([publishing])


async def _app(stack: Stack, service: str, jwks_url: str) -> Any:
    kind = import_module(f"{service}.settings").Settings
    extra = stripe_settings() if service == "payment_service" else {}
    settings = await stack.settings_for(kind, service, **extra)
    settings = settings.model_copy(update={"jwks_url": jwks_url})
    return import_module(f"{service}.app").create_app(settings)
