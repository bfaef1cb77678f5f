"""Servers start, serve on the ports they say, and leave nothing behind."""

import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local import ports, postgres_folder, processes
from deploy.local.servers import Servers, throw_away

ROOT = Path(__file__).parents[3]


def _children() -> set[int]:
    return set(processes.descendants(os.getpid()))


def test_all_four_serve_and_leave_no_process(tmp_path: Path) -> None:
    before = _children()
    with Servers(tmp_path) as servers:
        assert set(servers.ports) == {"postgres", "redis", "kafka", "mongo"}
        assert len(set(servers.ports.values())) == 4
        assert len(_children() - before) >= 4
        assert not any(ports.is_free(port) for port in servers.ports.values())
    assert _children() == before
    assert all(ports.is_free(port) for port in servers.ports.values())


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_killed_server_comes_back_on_its_port(name: str) -> None:
    with throw_away({name}) as servers:
        port = servers.ports[name]
        servers.kill(name)
        assert ports.is_free(port)
        servers.start(name)
        servers.stop(name)
        servers.start(name)
        assert servers.ports[name] == port
        assert not ports.is_free(port)


def test_durable_data_survives_and_the_throw_away_folder_does_not(tmp_path: Path) -> None:
    with Servers(tmp_path, {"redis"}, durable=True):
        pass
    assert (tmp_path / "redis" / "appendonlydir").is_dir()
    with throw_away({"postgres"}) as servers:
        inside = postgres_folder.cluster(servers.directory)
        assert (inside / "PG_VERSION").read_text() == "18\n"
    assert not inside.exists()
    assert not servers.directory.exists()


def test_servers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from deploy.local.servers import Servers\n"
        "with Servers(Path(sys.argv[1]), {'redis', 'postgres'}) as servers:\n"
        "    print(*servers.ports.values(), flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    taken = [int(word) for word in child.stdout.readline().split()]
    assert len(taken) == 2
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    deadline = time.monotonic() + 60
    while not all(map(ports.is_free, taken)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert all(map(ports.is_free, taken))
    if postgres_folder.is_root():  # the next run takes away what this one could not
        assert postgres_folder.place(tmp_path).exists()
        with throw_away({"postgres"}):
            assert not postgres_folder.place(tmp_path).exists()


def test_a_program_that_nobody_cannot_reach_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not postgres_folder.is_root():
        pytest.skip("only root has to give the server away to another user")
    monkeypatch.setattr(postgres_folder, "_open_to_all", lambda _: False)
    with Servers(tmp_path, {"postgres"}) as servers:
        mine = f"-D {postgres_folder.cluster(tmp_path)} "  # the run's own servers are there too
        postmaster = next(pid for pid in _children() if mine in processes.command(pid))
        assert processes.command(postmaster).startswith(str(postgres_folder.place(tmp_path)))
        assert processes.user(postmaster) == pwd.getpwnam("nobody").pw_uid
    assert not postgres_folder.place(servers.directory).exists()


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap = tmp_path / "trap"
    trap.symlink_to(elsewhere)
    monkeypatch.setattr(postgres_folder, "place", lambda _: trap)
    with pytest.raises(postgres_folder.Unusable, match="belongs to somebody else"):
        postgres_folder.prepare(tmp_path, "secret", durable=False)
    assert list(elsewhere.iterdir()) == []


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown servers: oracle"):
        Servers(tmp_path, {"oracle"})


def test_chosen_ports_are_distinct_and_below_the_outgoing_range() -> None:
    chosen = ports.choose(30)
    assert len(set(chosen)) == 30
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if lowest > ports.LOWEST + 10_000:
        assert max(chosen) < lowest
