"""`python -m deploy.local COMMAND`: what the Makefile calls."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from deploy.local import logs, postgres_folder, preflight, status, up
from deploy.local.definitions import NAMES
from deploy.local.places import Place

DOWN_SECONDS = 25.0


def _up(_: argparse.Namespace) -> int:
    return up.run(Place.of_environment())


def _down(_: argparse.Namespace) -> int:
    place = Place.of_environment()
    pid = place.holder() or preflight.lingering(place)
    if pid is None:
        up.say(f"StudyZed does not run with {place.data}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while place.holder() is not None or preflight.lingering(place) is not None:
        if time.monotonic() > deadline:
            up.say(f"Process {pid} did not stop within {DOWN_SECONDS:.0f} s.")
            return 1
        time.sleep(0.05)
    up.say("StudyZed is stopped.")
    return 0


def _reset(arguments: argparse.Namespace) -> int:
    place = Place.of_environment()
    if _down(arguments) != 0:
        return 1
    if not place.keys.exists():
        up.say(f"There is no data of StudyZed in {place.data}.")
        return 0
    postgres_folder.wipe(place.data)
    shutil.rmtree(place.data)
    up.say(f"All data is wiped: {place.data} is gone.")
    return 0


def _logs(arguments: argparse.Namespace) -> int:
    logs.follow(Place.of_environment(), arguments.names)
    return 0


def _status(_: argparse.Namespace) -> int:
    state = Place.of_environment().running_state()
    if state is None:
        up.say("StudyZed does not run, or is still starting.")
        return 1
    found = status.ask(int(state["url"].rpartition(":")[2]))
    for name, detail in (found.waiting if found else {"gateway": "no answer"}).items():
        up.say(f"{name}: {detail}")
    if found is not None and found.ready:
        up.say(f"{state['url']}: all parts are ready.")
        return 0
    return 1


def _exec(arguments: argparse.Namespace) -> int:
    state = Place.of_environment().running_state()
    if state is None:
        up.say("StudyZed does not run: start it with `make up`, then try again.")
        return 1
    return _run(arguments.command, state["environment"])


def _with_servers(arguments: argparse.Namespace) -> int:
    from deploy.local import stack  # noqa: PLC0415 - asyncpg is for this command only

    with stack.throw_away(arguments.names) as environment:
        return _run(arguments.command, environment)


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, function: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text)
        one.set_defaults(function=function)
        return one

    add("up", _up, "run the platform in the foreground")
    add("down", _down, "stop the running platform")
    add("reset", _reset, "stop it and wipe its data")
    add("status", _status, "say whether all parts are ready")
    follow = add("logs", _logs, "follow the logs")
    follow.add_argument("names", nargs="*", help="of these processes only")
    add("exec", _exec, "run a command with the running platform's environment").set_defaults()
    servers = add("with-servers", _with_servers, "run a command with throw-away servers")
    servers.add_argument("names", nargs="+", choices=NAMES)
    return parser


def main() -> int:
    """Parses the command line; what follows `--` is a command to run."""
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    arguments = _parser().parse_args(words[:cut], argparse.Namespace(command=words[cut + 1 :]))
    return int(arguments.function(arguments))


if __name__ == "__main__":
    sys.exit(main())
