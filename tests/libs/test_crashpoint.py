"""Crash points: what arms them, what they cost, and how their list is read off the code."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from libs import crashpoint, postgres
from libs.crashpoint import CRASH, HOLD, ORDERS, Armed, BadOrder, from_environment
from libs.settings import CoreSettings, load
from tests.libs.parts import Settings

PROGRAM = """
import asyncio
from libs.crashpoint import reach

async def main():
    for number in range(5):
        print(number, flush=True)
        await reach("a.point")
        await reach("another.point")

asyncio.run(main())
"""


def run(**environment: str) -> tuple[int, list[str]]:
    """Status and lines of a process that reaches `a.point` five times."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(("order", "lines"), [("a.point", 1), ("a.point:3", 3), ("b a.point:2", 2)])
def test_an_armed_point_ends_the_process(order: str, lines: int) -> None:
    status, printed = run(**{CRASH: order})
    assert status == -signal.SIGKILL
    assert len(printed) == lines


def test_a_point_that_nobody_armed_does_not() -> None:
    assert run(**{CRASH: "a.point:6 other"}) == (0, ["0", "1", "2", "3", "4"])
    assert run() == (0, ["0", "1", "2", "3", "4"])


def test_an_order_is_carried_out_once(tmp_path: Path) -> None:
    (tmp_path / "another.point").touch()
    assert run(**{ORDERS: str(tmp_path)}) == (-signal.SIGKILL, ["0"])
    assert run(**{ORDERS: str(tmp_path)})[0] == 0


async def test_a_hold_lets_others_go_on() -> None:
    armed = from_environment({HOLD: "a.point:100"})
    begun = time.monotonic()
    await asyncio.gather(*(armed("a.point") for _ in range(20)))
    assert 0.1 <= time.monotonic() - begun < 1
    begun = time.monotonic()
    await armed("another.point")
    assert time.monotonic() - begun < 0.05


def test_unarmed_it_is_a_function_of_nothing() -> None:
    assert from_environment({}) is crashpoint.nothing
    assert from_environment({CRASH: "", HOLD: ""}) is crashpoint.nothing
    assert isinstance(from_environment({CRASH: "a"}), Armed)
    assert postgres.reach is crashpoint.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "order", [{CRASH: "a:0"}, {CRASH: "a:x"}, {HOLD: "a"}, {HOLD: "a:-1"}, {CRASH: "a:-1"}]
)
def test_an_order_that_cannot_be_read_names_its_variable(order: dict[str, str]) -> None:
    with pytest.raises(BadOrder, match=next(iter(order))):
        from_environment(order)


@pytest.mark.parametrize("variable", [CRASH, HOLD, ORDERS])
def test_production_refuses_to_start(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bare(CoreSettings):
        """The core alone."""

    monkeypatch.setenv(variable, "a.point:1")
    monkeypatch.setenv("PUBLIC_URL", "https://x")
    monkeypatch.setenv("JWKS_URL", "https://x")
    with pytest.raises(SystemExit):
        load(Bare)
    assert f"cannot start: {variable}: crash points are for tests" in capsys.readouterr().err
    monkeypatch.setenv("ENVIRONMENT", "test")
    assert load(Bare).relaxed
    assert Settings.model_config["env_prefix"] == "PARTS_"


def test_the_list_is_read_off_the_code() -> None:
    points = {point.name: point for point in crashpoint.points()}
    assert points["outbox.after_publish_before_mark"].file == "libs/relay.py"
    assert points["consumer.after_effect_before_offset"].file == "libs/consumer.py"
    assert {"stripe.before_call", "fcm.after_send", "smtp.before_send"} <= points.keys()
    source = (crashpoint.ROOT / points["postgres.before_commit"].file).read_text().splitlines()
    assert "postgres.before_commit" in source[points["postgres.before_commit"].line - 1]


def plant(folder: Path, **sources: str) -> Path:
    """A tree with these modules in `libs`."""
    (folder / "libs").mkdir()
    for name, source in sources.items():
        (folder / "libs" / f"{name}.py").write_text(source)
    return folder


def test_both_ways_to_write_it_are_found(tmp_path: Path) -> None:
    source = 'async def f():\n    await crashpoint.reach("b")\n    await reach("a")\n'
    found = crashpoint.points(plant(tmp_path, one=source))
    assert [(point.name, point.line) for point in found] == [("b", 2), ("a", 3)]


@pytest.mark.parametrize(
    "source", ['async def f(): reach("a")', "async def f(x): await reach(x)", "await reach()"]
)
def test_a_point_without_await_or_literal_name_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        crashpoint.points(plant(tmp_path, one=source))


def test_a_name_stands_in_one_place(tmp_path: Path) -> None:
    source = 'async def f(): await reach("a")'
    with pytest.raises(ValueError, match=r"two\.py:1: a stands in libs/one\.py too"):
        crashpoint.points(plant(tmp_path, one=source, two=source))
