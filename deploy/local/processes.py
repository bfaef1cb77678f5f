"""What runs under a process, and how much memory it takes: read from /proc, without a library.

The supervisor of `make up` stays in memory as long as the platform runs, so it imports little.
"""

import os
from pathlib import Path

PROC = Path("/proc")


def descendants(root: int) -> list[int]:
    """All living processes below `root`, parents before their children; zombies are left out."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            found = _parent_and_state(int(entry.name))
            if found is not None and found[1] != "Z":
                children.setdefault(found[0], []).append(int(entry.name))
    ordered: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(0), [])
        ordered += below
        waiting += below
    return ordered


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    found = _parent_and_state(pid)
    return found is not None and found[1] != "Z"


def command(pid: int) -> str:
    """The command line, words joined by blanks; empty when the process is gone."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode(errors="replace").strip()


def user(pid: int) -> int | None:
    """The user id that the process runs as; `None` when it is gone."""
    try:
        return (PROC / str(pid)).stat().st_uid
    except OSError:
        return None


def pss_bytes(pid: int) -> int:
    """Proportional set size: shared pages count in parts, so that a sum over processes is true.

    0 when the process is gone or belongs to another user.
    """
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def total_pss_bytes() -> int:
    """PSS of this process and all below it."""
    return sum(map(pss_bytes, (os.getpid(), *descendants(os.getpid()))))


def _parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, parent = line.rpartition(")")[2].split()[:2]  # the name before it may hold anything
    return int(parent), state
