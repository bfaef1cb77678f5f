"""The whole platform through its gateway: the story, the refusals, and the end."""

import json
import os
import re
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Platform, start, stop

SERVICES = ("user-service", "sessions", "payments", "notifications", "communication")


@pytest.fixture
def web(platform: Platform) -> httpx.Client:
    return httpx.Client(base_url=platform.url, timeout=20)


def test_status_names_every_part(web: httpx.Client) -> None:
    answer = web.get("/status.json")
    assert answer.status_code == 200
    names = {part["name"] for part in answer.json()["parts"]}
    services = {"user", "session", "payment", "notification", "message"}
    processes = {f"{name}_service" for name in services}
    assert names == processes | {f"{name}-background" for name in processes} | {
        "celery", "postgres", "valkey", "kafka", "mongo", "smtp", "objects", "gateway",
    }  # fmt: skip


def test_demo_is_seen_to_happen(platform: Platform) -> None:
    """The story: sign-up to chat, each step's notification in the inbox, socket and push."""
    played = platform.run("deploy.demo")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "All 23 steps were seen to happen" in played.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_x1_documents_behind_the_gateway(web: httpx.Client, service: str) -> None:
    page = web.get(f"/api/{service}/docs")
    found = re.search(r"url: '([^']+)'", page.text)
    assert found
    document = web.get(found[1]).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"/api/{service}"}]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["metrics", "readyz", "internal/profiler"])
def test_probes_stay_inside(web: httpx.Client, service: str, path: str) -> None:
    assert web.get(f"/api/{service}/{path}").status_code == 404


def test_r15_forged_webhook_is_refused_and_nothing_is_kept(web: httpx.Client) -> None:
    body = json.dumps({"id": "evt_forged", "type": "checkout.session.completed"}).encode()
    now = int(time.time())
    for signature in ("", "t=1,v1=00", f"t={now},v1={'0' * 64}"):
        answer = web.post(
            "/api/payments/v1/stripe/webhooks",
            content=body,
            headers={"Stripe-Signature": signature, "Content-Type": "application/json"},
        )
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_x_a3_refusals_have_code_and_trace_id(web: httpx.Client) -> None:
    for service in SERVICES:
        answer = web.get(f"/api/{service}/v1/nowhere", headers={"traceparent": TRACE})
        assert answer.status_code == 404
        body = answer.json()
        assert (body["code"], body["trace_id"]) == ("not_found", TRACE.split("-")[1])
        assert answer.headers["x-trace-id"] == body["trace_id"]


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_spa_is_served_and_reserved_paths_are_not_its_own(web: httpx.Client) -> None:
    for path in ("/", "/tutor/choose-session/"):
        answer = web.get(path)
        assert answer.status_code == 200
        assert "the client" in answer.text
    for path in ("/api/nothing", "/dev/nothing", "/ws/nothing"):
        assert "the client" not in web.get(path).text
    assert "StudyZed" in web.get("/_studyzed/").text


def test_killed_process_comes_back(platform: Platform, web: httpx.Client) -> None:
    """A child that dies is started again, and the platform is ready again."""
    victim = _pid_of(platform, "session_service")
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _pid_of(platform, "session_service") in (0, victim) or (
        web.get("/status.json").status_code != 200
    ):
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.2)
    assert (
        "session_service ended and is started again"
        in platform.data.with_suffix(".log").read_text()
    )


def _pid_of(platform: Platform, name: str) -> int:
    mark = f"STUDYZED_DATA={platform.data}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mine = mark in (folder / "environ").read_bytes().split(b"\0")
            if mine and (folder / "comm").read_text().strip() == name:
                return int(folder.name)
        except OSError:
            continue  # it ended while we looked
    return 0


def test_second_clone_runs_beside_and_ctrl_c_leaves_nothing(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    second = start(tmp_path_factory.mktemp("second") / "data")
    assert httpx.get(f"{platform.url}/status.json").status_code == 200
    assert httpx.get(f"{second.url}/status.json").status_code == 200
    assert stop(second) < 20
    assert second.process.returncode == 0
    assert second.processes() == []
    assert httpx.get(f"{platform.url}/status.json").status_code == 200
    assert second.run("deploy.local", "reset").returncode == 0
    assert not second.data.exists()
