"""The process as `make up` runs it: local mode only, quiet, small, quick to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.vendors.settings import BadSettings, Settings, from_environment
from tests.deploy.vendors.running import OBJECTS_SECRET, WEBHOOK_SECRET, eventually, free_port


def environment(data: Path, **changes: str) -> dict[str, str]:
    """What the process needs, on free ports."""
    port = str(free_port())
    made = {
        "STUDYZED_MODE": "local",
        "STUDYZED_VENDORS_PORT": port,
        "STUDYZED_SMTP_PORT": str(free_port()),
        "STUDYZED_OBJECTS_PORT": str(free_port()),
        "STUDYZED_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STUDYZED_DATA": str(data),
        "STUDYZED_OBJECTS_SECRET": OBJECTS_SECRET,
        "VENDOR_STRIPE_WEBHOOK_URL": "http://127.0.0.1:1/hook",
        "VENDOR_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    return made | changes


async def start(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "deploy.local.vendors",
        env={"PATH": os.environ["PATH"], **env}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def running(env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(env)
    try:
        port = int(env["STUDYZED_VENDORS_PORT"])
        await eventually(lambda: _accepts(port), 20)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def pss_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1])


@pytest.mark.parametrize("mode", ["production", "test", "", "LOCAL"])
async def test_refuses_to_start_outside_local_mode(tmp_path: Path, mode: str) -> None:
    process = await start(environment(tmp_path, STUDYZED_MODE=mode))
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"local mode only: set STUDYZED_MODE=local" in errors
    assert b"Traceback" not in errors
    assert not _files(tmp_path)


def test_no_application_without_local_mode() -> None:
    with pytest.raises(BadSettings, match="local mode only"):
        Settings("production", 1, 2, 3, "http://x", Path(), "", "s" * 16, "s" * 16)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDYZED_VENDORS_PORT", ""),
        ("STUDYZED_SMTP_PORT", "70000"),
        ("STUDYZED_OBJECTS_PORT", "http"),
        ("STUDYZED_PUBLIC_URL", ""),
        ("STUDYZED_OBJECTS_SECRET", "short"),
        ("VENDOR_STRIPE_WEBHOOK_SECRET", ""),
        ("VENDOR_STRIPE_WEBHOOK_URL", "gateway/hook"),
        ("STUDYZED_STATUS_TARGETS", "{"),
        ("STUDYZED_STATUS_TARGETS", '[{"name": "x"}]'),
        ("STUDYZED_STATUS_TARGETS", '[{"name": "x", "kind": "udp", "target": "y"}]'),
    ],
)
def test_wrong_variable_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        from_environment(environment(tmp_path, **{name: value}))


async def test_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = await start(environment(tmp_path, STUDYZED_SMTP_PORT=port))
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert f"Port {port} cannot be used".encode() in errors
    assert b"change STUDYZED_SMTP_PORT" in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_stops_without_waiting_for_anybody(tmp_path: Path, name: signal.Signals) -> None:
    """With an open connection, a call of a minute under way and a webhook that nobody takes."""
    env = environment(tmp_path)
    base = f"http://127.0.0.1:{env['STUDYZED_VENDORS_PORT']}"
    headers = {"Authorization": "Bearer sk_test_12345"}
    async with running(env) as process, httpx.AsyncClient(trust_env=False) as client:
        form = {"amount": "5", "currency": "eur", "confirm": "true"}
        form["payment_method"] = "pm_card_visa"
        url = f"{base}/stripe/v1/payment_intents"
        assert (await client.post(url, data=form, headers=headers)).status_code == 200
        await client.post(f"{base}/dev/stripe/control", json={"delay_ms": 60_000})
        slow = asyncio.create_task(client.post(url, data=form, headers=headers))
        mail = socket.create_connection(("127.0.0.1", int(env["STUDYZED_SMTP_PORT"])), 1)
        await asyncio.sleep(0.2)
        process.send_signal(name)
        await asyncio.wait_for(process.wait(), 45)
        assert process.returncode == 0
        mail.close()
        await asyncio.gather(slow, return_exceptions=True)


async def test_small_and_idle(tmp_path: Path) -> None:
    env = environment(tmp_path)
    base = f"http://127.0.0.1:{env['STUDYZED_VENDORS_PORT']}"
    async with running(env) as process, httpx.AsyncClient(trust_env=False) as client:
        for path in ("/_studyzed/", "/dev/mailbox/", "/dev/pushes"):
            assert (await client.get(base + path)).status_code == 200
        assert pss_kilobytes(process.pid) < 70_000
        used = _cpu_seconds(process.pid)
        await asyncio.sleep(2)
        assert _cpu_seconds(process.pid) - used <= 0.05


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
