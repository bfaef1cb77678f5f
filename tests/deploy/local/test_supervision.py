"""The process manager: what dies is told and started again, and a stop leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import preflight, processes, programs
from deploy.local.definitions import LAUNCHER
from deploy.local.places import ROOT, Place
from deploy.local.programs import Program
from deploy.local.supervision import Event, Supervisord

FOREVER = "import time; time.sleep(600)"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{FOREVER}'])"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); "
    + FOREVER
)


def _program(name: str, code: str, group: str = programs.APPS) -> Program:
    words = (sys.executable, "-I", "-S", str(LAUNCHER), "SIGTERM")
    return Program(name, group, (*words, sys.executable, "-I", "-S", "-c", code))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A data folder, prepared."""
    preflight.data_folder(Place(tmp_path / "data"))
    return Place(tmp_path / "data")


@pytest.fixture
def start(place: Place) -> Iterator[Callable[[list[Program]], Supervisord]]:
    """Starts supervisord with programs; stops it after the test."""
    started: list[Supervisord] = []

    def begin(given: list[Program]) -> Supervisord:
        place.configuration.write_text(programs.configuration(given, place))
        supervisord = Supervisord(place)
        started.append(supervisord)
        supervisord.start(os.environ)
        return supervisord

    yield begin
    for supervisord in started:
        supervisord.stop(5)
        assert supervisord._left() == []


def _first(supervisord: Supervisord, seconds: float = 5) -> Event:
    return next(iter(supervisord.events(seconds)))


def _pids(code: str) -> list[int]:
    below = processes.descendants(os.getpid())
    return [pid for pid in below if processes.command(pid).endswith(code)]


def _wait_for(code: str, count: int) -> list[int]:
    deadline = time.monotonic() + 60
    while len(found := _pids(code)) != count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(found) == count
    return found


def test_killed_program_is_told_and_started_again(
    start: Callable[[list[Program]], Supervisord],
) -> None:
    supervisord = start([_program("clock", FOREVER)])
    supervisord.start_group(programs.APPS)
    [old] = _wait_for(FOREVER, 1)
    list(supervisord.events(1.5))  # it counts as running after a second
    os.kill(old, signal.SIGKILL)
    assert _first(supervisord) == Event("exited", "clock", "terminated by SIGKILL")
    assert _wait_for(FOREVER, 1) != [old]


def test_children_of_a_killed_program_go_with_it(
    start: Callable[[list[Program]], Supervisord],
) -> None:
    supervisord = start([_program("parent", WITH_CHILD)])
    supervisord.start_group(programs.APPS)
    [child] = _wait_for(FOREVER, 1)
    [parent] = _pids(WITH_CHILD)
    os.kill(parent, signal.SIGKILL)
    assert _first(supervisord).name == "parent"
    deadline = time.monotonic() + 60
    while processes.is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not processes.is_alive(child)


def test_exit_status_is_told(start: Callable[[list[Program]], Supervisord]) -> None:
    supervisord = start([_program("proud", "raise SystemExit(78)")])
    supervisord.start_group(programs.APPS)
    assert _first(supervisord) == Event("exited", "proud", "exit status 78")


def test_a_killed_program_is_started_again(start: Callable[[list[Program]], Supervisord]) -> None:
    supervisord = start([_program("relay", FOREVER)])
    supervisord.start_program(programs.APPS, "relay")
    supervisord.start_program(programs.APPS, "relay")  # which already runs
    [pid] = _wait_for(FOREVER, 1)
    list(supervisord.events(1.2))
    os.kill(pid, signal.SIGKILL)
    assert _first(supervisord).name == "relay"
    _wait_for(FOREVER, 1)
    supervisord.stop_programs(programs.APPS, ["relay"])
    assert _pids(FOREVER) == []
    supervisord.stop_programs(programs.APPS, ["relay"])  # which does not run


def test_stop_kills_what_does_not_obey(
    place: Place, start: Callable[[list[Program]], Supervisord]
) -> None:
    supervisord = start([_program("deaf", STUBBORN), _program("other", FOREVER)])
    supervisord.start_group(programs.APPS)
    _wait_for(STUBBORN, 1)
    while "deaf" not in place.log("deaf").read_text():
        time.sleep(0.02)
    begun = time.monotonic()
    killed = supervisord.stop(1)
    assert killed >= 1
    assert time.monotonic() - begun < 3
    assert supervisord._left() == []


def test_stopping_spares_what_is_not_its_own(
    start: Callable[[list[Program]], Supervisord],
) -> None:
    """The servers of a test run are children of the same process."""
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60 & wait"]) as other:
        supervisord = start([_program("other", FOREVER)])
        supervisord.start_group(programs.APPS)
        supervisord.stop(1)
        mine = {other.pid, *processes.descendants(other.pid)}
        assert len(mine) == 2
        assert all(map(processes.is_alive, mine))
        for pid in mine:
            os.kill(pid, signal.SIGKILL)


def test_programs_stop_in_order_when_the_parent_is_killed(place: Place) -> None:
    telling = (
        "import signal, sys, time; "
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(open({path!r}, 'a').write({name!r}))); "
        "sys.stdout.write('up'); sys.stdout.flush(); time.sleep(600)"
    )
    order = place.data / "order"
    given = [
        _program(group, telling.format(path=str(order), name=f"{group} "), group=group)
        for group in programs.PRIORITIES
    ]
    place.configuration.write_text(programs.configuration(given, place))
    code = (
        "import os, sys, time; from pathlib import Path; from deploy.local.places import Place\n"
        "from deploy.local.supervision import Supervisord\n"
        "supervisord = Supervisord(Place(Path(sys.argv[1]))); supervisord.start(os.environ)\n"
        "for group in sys.argv[2:]: supervisord.start_group(group)\n"
        "time.sleep(600)\n"
    )
    arguments = [sys.executable, "-c", code, str(place.data), *programs.PRIORITIES]
    parent = subprocess.Popen(arguments, cwd=ROOT)
    deadline = time.monotonic() + 60
    logs = [place.log(group) for group in programs.PRIORITIES]
    while time.monotonic() < deadline and not all(
        log.exists() and log.read_text() == "up" for log in logs
    ):
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    preflight.nobody_left(place)
    assert order.read_text() == "gateway apps servers "
