"""Imports what one service's processes need, once, and forks them when told to: whoever was killed
is back within a second, however busy the machine is. As `deploy/local/zygote.py` does it.

    python -m tests.faults.forks SERVICE WORKER    the environment is that of the processes

Reads lines from its standard input, `["LOG", "MODULE", "ARGUMENT", ...]`, and answers each with the
new process's id; its first line says that it is ready. All that it has forked ends with it.
"""

import gc
import importlib
import json
import os
import signal
import sys
from typing import NoReturn

from deploy.local import zygote

OTHERS = tuple(name for name in zygote.PRELOAD if "_service." not in name and "deploy" not in name)


def say(word: object) -> None:
    """Answers."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def become(log: str, command: list[str]) -> NoReturn:
    """Runs a module as the main program of this child."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, its in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(ours, its)
    zygote.become(command, os.environ | {"SUPERVISOR_PROCESS_NAME": command[0]})


def main() -> None:
    """Forks until its standard input ends."""
    service, worker = sys.argv[1:]
    for name in (*OTHERS, f"{service}.app", f"{service}.background", worker):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes the dead away
    say("ready")
    for line in sys.stdin:
        log, *command = json.loads(line)
        child = os.fork()
        if child == 0:
            become(log, command)
        say(child)


if __name__ == "__main__":
    main()
