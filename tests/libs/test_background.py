"""A background process as a process: ready by the truth, and gone soon after SIGTERM."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.servers import Servers
from libs.kafka import ensure_topics
from libs.settings import CoreSettings, KafkaSettings
from session_service.settings import Settings as SessionSettings
from tests.conftest import SettingsFor
from tests.objects import NOWHERE
from tests.stack import eventually
from user_service.settings import Settings as UserSettings

SERVICES: dict[str, tuple[type[Any], str]] = {
    "user_service": (UserSettings, "USER_"),
    "session_service": (SessionSettings, "SESSION_"),
}


def environment(settings: CoreSettings, prefix: str) -> dict[str, str]:
    """The variables from which a process reads the same settings."""
    found: dict[str, str] = {}
    for name, value in settings:
        shown: Any = value.get_secret_value() if isinstance(value, SecretStr) else value
        if shown not in (None, ""):
            found[f"{prefix}{name.upper()}"] = str(shown)
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def process(service: str, variables: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(
        [sys.executable, "-m", f"{service}.background"],
        env=os.environ | variables,
        stderr=subprocess.DEVNULL,  # a pipe that nobody reads would stop the process
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


async def ready(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False


Make = Callable[[str], Any]


@pytest.fixture
def make(settings_for: SettingsFor) -> Make:
    async def made(service: str) -> tuple[int, dict[str, str]]:
        kind, prefix = SERVICES[service]
        port, secret = free_port(), secrets.token_hex(20)
        extra = NOWHERE | {
            "key_secret": secret,
            "code_secret": secret,
            "audit_secret": secret,
            "smtp_url": "smtp://x",
        }
        settings = await settings_for(kind, service, probe_port=port, **extra)
        await ensure_topics(settings, ["user.events", "payment.events"])
        return port, environment(settings, prefix)

    return made


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_x_a5_it_gets_ready_and_ends_within_five_seconds(service: str, make: Make) -> None:
    port, variables = await make(service)
    with process(service, variables) as running:
        await eventually(lambda: ready(port), seconds=20)
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        assert "outbox_depth 0.0" in metrics
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert time.monotonic() - started < 5


async def test_it_ends_within_five_seconds_without_a_broker(make: Make, servers: Servers) -> None:
    port, variables = await make("session_service")
    with process("session_service", variables) as running:
        await eventually(lambda: ready(port), seconds=20)
        servers.kill("kafka")
        try:
            await asyncio.sleep(1)  # everything in it notices
            started = time.monotonic()
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == 0
            assert time.monotonic() - started < 5
        finally:
            servers.start("kafka")


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_it_says_that_the_broker_is_away_and_comes_back_by_itself(
    service: str, make: Make, servers: Servers
) -> None:
    """One of them has no consumer, only a relay with nothing to send."""
    port, variables = await make(service)
    prefix = SERVICES[service][1]
    broker = KafkaSettings(
        kafka_bootstrap=servers.kafka_bootstrap,
        kafka_topic_prefix=variables[f"{prefix}KAFKA_TOPIC_PREFIX"],
    )

    async def away() -> bool:
        return not await ready(port)

    with process(service, variables) as running:
        await eventually(lambda: ready(port), seconds=20)
        servers.kill("kafka")
        try:
            await eventually(away, seconds=15)
            await asyncio.sleep(3)
            assert await away()
        finally:
            servers.start("kafka")
        await ensure_topics(broker, ["user.events", "payment.events"])
        await eventually(lambda: ready(port), seconds=30)
        assert running.poll() is None
