"""Prints the part of requirements.lock that one service's image installs, hashes included.

    python requirements.py session_service > image.txt

It knows only the standard library, since it runs before anything is installed. Packages are those
of pyproject.toml, of the extra named after the service, and of `tracing`, with all that the lock's
`# via` lines say they need. A package that was left out would stop `pip install --require-hashes`.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ALWAYS = ("tracing",)
"""Extras of every image: whether traces are exported is decided by a setting."""


@dataclass(frozen=True)
class Package:
    """One package of the lock: its lines as they stand there, and who asked for it."""

    name: str
    lines: tuple[str, ...]
    parents: frozenset[str]


def name_of(requirement: str) -> str:
    """The name in `celery[redis]==5.7.0`, as the lock writes it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[._-]+", "-", found[0]).lower() if found else ""


def packages(lock: str) -> Iterator[Package]:
    """The lock's packages."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        lines = [line for line in block.splitlines() if line[:1] not in ("#", "")]
        if not lines:
            continue
        notes = (line.strip().removeprefix("#").strip() for line in lines if line[:5] == "    #")
        parents = frozenset(name_of(note.removeprefix("via").strip()) for note in notes)
        kept = tuple(line for line in lines if not line.lstrip().startswith("#"))
        yield Package(name_of(lines[0]), kept, parents)


def roots(pyproject: str, service: str) -> set[str]:
    """What pyproject.toml names for this service."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"]]
    for extra in (service.removesuffix("_service"), *ALWAYS):
        wanted += extras.get(extra, [])
    return {name_of(requirement) for requirement in wanted}


def select(lock: str, pyproject: str, service: str) -> list[Package]:
    """The packages of a service's image, in the lock's order. Exits when the lock lacks one."""
    known = list(packages(lock))
    wanted = roots(pyproject, service)
    missing = wanted - {package.name for package in known}
    if missing:
        sys.exit(f"requirements.lock lacks {', '.join(sorted(missing))}: run `make lock`")
    size = 0
    while size != len(wanted):
        size = len(wanted)
        wanted |= {package.name for package in known if package.parents & wanted}
    return [package for package in known if package.name in wanted]


def main(service: str, folder: Path) -> None:
    """Reads both files in `folder` and prints."""
    lock, pyproject = (
        (folder / name).read_text() for name in ("requirements.lock", "pyproject.toml")
    )
    for package in select(lock, pyproject, service):
        print("\n".join(package.lines))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].endswith("_service"):
        sys.exit("usage: python requirements.py SERVICE, such as session_service")
    main(sys.argv[1], Path.cwd())
