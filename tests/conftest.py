"""Fixtures for all tests: one stack of real servers per run, one database per test that asks."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import uvicorn
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.local.servers import Servers
from libs.tokens import SigningKey
from tests.lean import slim
from tests.stack import S, Stack, User, broker, make_key
from tests.units import pytest_xdist_make_scheduler

__all__ = ["pytest_xdist_make_scheduler"]

hypothesis_settings.register_profile(
    "studyzed",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("studyzed")


class SettingsFor(Protocol):
    """The type of the fixture `settings_for`."""

    async def __call__(self, settings: type[S], service: str, **extra: Any) -> S:
        """A service's settings over fresh stores."""
        ...


@pytest.fixture(scope="session", autouse=True)
def lean() -> Iterator[None]:
    """Apps by the thousand in one process."""
    with pytest.MonkeyPatch.context() as patch:
        slim(patch)
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL, Valkey, the Kafka-protocol broker and the Mongo-protocol server."""
    with tempfile.TemporaryDirectory(prefix="studyzed-") as folder:
        Path(folder).chmod(0o711)
        with Servers(Path(folder) / "servers", broker=broker()) as running:
            yield running


@pytest.fixture(scope="session")
async def jwks() -> AsyncIterator[tuple[SigningKey, str]]:
    """A signing key, and the address of its JWKS on a real socket."""
    key = make_key()

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse({"keys": [key.public_jwk()]})

    app = Starlette(routes=[Route("/.well-known/jwks.json", answer)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield key, f"http://127.0.0.1:{port}/.well-known/jwks.json"
    server.should_exit = True
    await task


@pytest.fixture(scope="session")
async def stack(servers: Servers, jwks: tuple[SigningKey, str]) -> Stack:
    """The servers, a signing key, and its JWKS over a real socket."""
    return Stack(servers, *jwks)


@pytest.fixture
async def settings_for(stack: Stack) -> AsyncIterator[SettingsFor]:
    """Makes settings of a service over a fresh database."""
    async with stack.passing():
        yield stack.settings_for


@pytest.fixture
def as_user(stack: Stack) -> Callable[..., User]:
    """Makes callers with real signed tokens."""
    return stack.as_user
