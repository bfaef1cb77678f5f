"""What earlier runs have measured: a run of a few rows leaves the others in the document."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from tests.bench.results import Result


@dataclass(frozen=True)
class Kept:
    """A result, and the run that it is from, in words."""

    run: str
    result: Result


_LIST = TypeAdapter(list[Kept])


def read(file: Path) -> list[Kept]:
    """What is kept in a file; nothing when there is none."""
    return _LIST.validate_json(file.read_bytes()) if file.exists() else []


def save(file: Path, kept: Sequence[Kept]) -> None:
    """Keeps results."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_LIST.dump_json(list(kept), indent=1) + b"\n")


def merge(old: Sequence[Kept], new: Sequence[Kept], order: Collection[str]) -> list[Kept]:
    """The new results, and the old ones of all other rows that there still are; rows in `order`."""
    measured = {one.result.row for one in new}
    names = list(order)
    stay = [one for one in old if one.result.row in names and one.result.row not in measured]
    return sorted([*stay, *new], key=lambda one: names.index(one.result.row))
