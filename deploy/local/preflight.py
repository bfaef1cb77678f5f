"""What must hold before anything is started; each refusal is a sentence that says what to do."""

import errno
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local import postgres_folder, processes
from deploy.local.places import Place
from deploy.local.ports import HOST

PYTHON = (3, 11)
DEFAULT_PORT = 8080
FREE_BYTES = 1_000_000_000
LINGER_SECONDS = 20.0


class Refused(Exception):
    """The platform cannot start; the message is for the user."""


def python(found: tuple[int, int] = sys.version_info[:2]) -> None:
    """Refuses another Python than the lock was made for."""
    if found != PYTHON:
        raise Refused(
            f"This is Python {found[0]}.{found[1]}, StudyZed needs {PYTHON[0]}.{PYTHON[1]}: "
            "remove .venv and run `make up PYTHON=python3.11`."
        )


def gateway_port(environment: Mapping[str, str]) -> int:
    """Returns the gateway's port, which nobody uses yet."""
    word = environment.get("STUDYZED_PORT") or str(DEFAULT_PORT)
    if not word.isdecimal() or not 1 <= int(word) <= 65_535:
        raise Refused(f"STUDYZED_PORT is {word!r}: give a number from 1 to 65535.")
    port = int(word)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Refused(_why_not(port, error)) from error
    return port


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65_535 else port - 1
        return (
            f"Port {port} is taken: stop the program that uses it, "
            f"or choose another port, such as `STUDYZED_PORT={other} make up`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs root: choose one above 1023 with STUDYZED_PORT."
    return f"Port {port} cannot be used ({error.strerror}): choose another with STUDYZED_PORT."


def data_folder(place: Place) -> None:
    """Makes the data folder; refuses one that holds something else or cannot be written."""
    data = place.data
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        strange = not place.keys.exists() and any(data.iterdir())
        place.run.mkdir(mode=0o700, exist_ok=True)
        place.logs.mkdir(exist_ok=True)
        (place.run / "writable").touch()
        (place.run / "writable").unlink()
    except OSError as error:
        raise Refused(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "correct its rights, or name another one with STUDYZED_DATA."
        ) from error
    # `make reset` removes the whole folder, so it must be ours from the beginning.
    if strange and {entry.name for entry in data.iterdir()} - {"run", "logs"}:
        raise Refused(
            f"The data folder {data} holds something else: "
            "name an empty or a new folder with STUDYZED_DATA."
        )


def disk_space(place: Place) -> None:
    """Refuses to start databases on a disk that is all but full."""
    for folder in {place.data, _existing(postgres_folder.place(place.data))}:
        free = shutil.disk_usage(folder).free
        if free < FREE_BYTES:
            raise Refused(
                f"Only {free // 1_000_000} MB are free where {folder} lies, StudyZed needs "
                f"{FREE_BYTES // 1_000_000}: make room, or name a folder on another disk with "
                "STUDYZED_DATA."
            )


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def nobody_left(place: Place) -> None:
    """Waits for a supervisord whose parent was killed, and which is still stopping its programs."""
    deadline = time.monotonic() + LINGER_SECONDS
    while (pid := lingering(place)) is not None:
        if time.monotonic() > deadline:
            raise Refused(
                f"Process {pid} of the last run does not end: `kill -9 {pid}`, try again."
            )
        time.sleep(0.1)


def lingering(place: Place) -> int | None:
    """The process id of a supervisord of this data folder that is alive."""
    try:
        pid = int(place.pid.read_text())
    except (OSError, ValueError):
        return None
    ours = str(place.configuration) in processes.command(pid)
    return pid if ours and pid != os.getpid() else None


def client_folder(environment: Mapping[str, str]) -> Path | None:
    """The built web client that `SPA_DIR` names, if any."""
    word = environment.get("SPA_DIR")
    if not word:
        return None
    folder = Path(word).expanduser().resolve()
    if not (folder / "index.html").is_file():
        raise Refused(
            f"SPA_DIR is {folder}, which holds no index.html: name the folder of the built client, "
            "or leave SPA_DIR empty."
        )
    return folder
