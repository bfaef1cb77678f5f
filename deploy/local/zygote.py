"""supervisord that has imported what its Python programs need, and forks them instead of executing
them: `python -m deploy.local.zygote -c FILE` in place of `python -m supervisor.supervisord`.

Twelve processes import the same hundred megabytes. A forked child shares those pages with its
siblings until one writes to them (`gc.freeze` keeps the collector from doing so), and has no import
time. Measured in the foundation's figures: 523 MB instead of 861 MB. Only the local stack does
this; the services do not know, and what is not one of our modules is executed as ever.
"""

import atexit
import ctypes
import gc
import importlib
import logging
import os
import re
import runpy
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from supervisor import supervisord
from supervisor.options import ServerOptions

from deploy.local import launch
from deploy.local.definitions import LAUNCHER

PRELOAD = (
    "uvicorn.main",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "uvicorn.lifespan.on",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "celery.bin.celery",
    "celery.bin.worker",
    "celery.apps.worker",
    "celery.worker.consumer",
    "celery.concurrency.solo",
    "celery.beat",
    "celery.fixups.django",
    "kombu.transport.redis",
    "deploy.local.worker",
    "deploy.local.vendors.process",
    *(
        f"{service}_service.{part}"
        for service in ("user", "notification", "payment", "session", "message")
        for part in ("app", "background")
    ),
)
PR_SET_NAME = 15
OURS = re.compile(r"(uvicorn|celery|\w+_service\.background|deploy\.local\.vendors)$")
"""Modules that are forked; a server such as Mongo's is executed, with a memory of its own."""
HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD,
           signal.SIGUSR2)  # fmt: skip
"""Signals that supervisord has taken for itself."""


class ForkingOptions(ServerOptions):  # type: ignore[misc]  # supervisor ships no types
    """supervisord's ways to the system, with one changed."""

    def execve(self, filename: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Becomes the program: inside this interpreter if it is one of our modules."""
        found = module_of(argv)
        if found is None:
            super().execve(filename, argv, env)
        else:
            become(found, env)


def module_of(argv: Sequence[str]) -> list[str] | None:
    """[module, arguments] of `launch.py SIGTERM python -m MODULE`; `None` for any other command."""
    words = list(argv)
    if words[1:4] != ["-I", "-S", str(LAUNCHER)]:
        return None
    if words[4:7] == ["SIGTERM", sys.executable, "-m"] and OURS.match(words[7]):
        return words[7:]
    return None


def become(command: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Runs a module as the main program of this forked child, and ends the process with it."""
    os.environ.clear()
    os.environ.update(env)
    launch.die_with_parent(signal.SIGTERM, os.getppid())
    for number in HANDLED:
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, usual)
    # What `ps` and `top` show holds 15 letters: `session_service`, `session-backgro`.
    name = os.environ["SUPERVISOR_PROCESS_NAME"].replace("_service-", "-")
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
    os._exit(_run(command))


def _run(command: Sequence[str]) -> int:
    sys.argv = list(command)
    # runpy wonders that the module is imported already; that is the purpose.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        status: Any = 0
    except SystemExit as ending:
        status = ending.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    atexit._run_exitfuncs()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    return int(status or 0)


def main() -> None:
    """Imports, freezes, and is supervisord from then on."""
    for module in PRELOAD:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    supervisord.ServerOptions = ForkingOptions
    supervisord.main()


if __name__ == "__main__":
    main()
