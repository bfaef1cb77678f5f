"""Crash points: named places at which a test may end this process as a power cut would.

`await reach("outbox.after_publish_before_mark")` does nothing unless the environment says otherwise
when this module is imported:

    STUDYZED_CRASH="NAME[:NTH] ..."   SIGKILL at the place, the NTH time that it is reached
    STUDYZED_CRASH_ORDERS=FOLDER      SIGKILL once for each file of that name laid into the folder
    STUDYZED_HOLD="NAME:MS ..."       a wait of so many milliseconds at the place, each time

The third makes a gap wide enough for a kill from outside. There is no list of names to keep:
`points` reads it off the code. Settings of a production environment refuse to load while any of
the three is set.
"""

import ast
import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CRASH, ORDERS, HOLD = "STUDYZED_CRASH", "STUDYZED_CRASH_ORDERS", "STUDYZED_HOLD"
ROOT = Path(__file__).parents[1]
CALL = "reach"


class BadOrder(ValueError):
    """A variable of this module cannot be read; the message says which."""


async def nothing(_: str) -> None:
    """What `reach` is while nothing is armed."""


class Armed:
    """What `reach` is in a test: counts, kills and waits."""

    def __init__(
        self, crashes: Mapping[str, int], holds: Mapping[str, int], orders: str = ""
    ) -> None:
        """`crashes` are numbers of times from 1, `holds` milliseconds, `orders` a folder."""
        self._left = dict(crashes)
        self._holds = holds
        self._orders = orders

    async def __call__(self, name: str) -> None:
        """Ends the process, waits, or returns at once."""
        self._left[name] = self._left.get(name, 0) - 1
        if self._left[name] == 0 or self._is_ordered(name):
            os.kill(os.getpid(), signal.SIGKILL)
        if name in self._holds:
            await asyncio.sleep(self._holds[name] / 1_000)

    def _is_ordered(self, name: str) -> bool:
        """Whether an order lay there; of several processes only one can take it away."""
        if not self._orders:
            return False
        try:
            os.unlink(f"{self._orders}/{name}")  # noqa: PTH108  (at every point of a campaign)
        except FileNotFoundError:
            return False
        return True


def armed(environment: Mapping[str, str]) -> list[str]:
    """The variables that arm something."""
    return [name for name in (CRASH, ORDERS, HOLD) if environment.get(name)]


def from_environment(environment: Mapping[str, str]) -> Callable[[str], Awaitable[None]]:
    """What `reach` is to be. Raises `BadOrder`."""
    if not armed(environment):
        return nothing
    crashes, holds = _numbers(environment, CRASH, 1), _numbers(environment, HOLD)
    return Armed(crashes, holds, environment.get(ORDERS, ""))


def _numbers(
    environment: Mapping[str, str], variable: str, usual: int | None = None
) -> dict[str, int]:
    found = {}
    for word in environment.get(variable, "").split():
        name, _, number = word.partition(":")
        number = number or str(usual or "")
        if not number.isdecimal() or int(number) < 1:
            raise BadOrder(f"{variable}: {word!r} is not NAME:NUMBER with a number from 1")
        found[name] = int(number)
    return found


reach = from_environment(os.environ)


@dataclass(frozen=True, slots=True)
class Point:
    """A crash point in the code; `file` is relative to the source tree's root."""

    name: str
    file: str
    line: int


def points(root: Path = ROOT) -> list[Point]:
    """All crash points of `libs` and the services, read off the sources.

    Raises `ValueError` for a point that is not awaited, whose name is no literal, or whose name
    stands in two places.
    """
    found: dict[str, Point] = {}
    for folder in sorted([root / "libs", *root.glob("*_service")]):
        for file in sorted(folder.rglob("*.py")):
            if file.name == "crashpoint.py":
                continue
            where = str(file.relative_to(root))
            for name, line in sorted(_calls_in(file, where), key=lambda one: one[1]):
                if name in found:
                    raise ValueError(f"{where}:{line}: {name} stands in {found[name].file} too")
                found[name] = Point(name, where, line)
    return list(found.values())


def _calls_in(file: Path, where: str) -> list[tuple[str, int]]:
    try:
        return list(calls(ast.parse(file.read_text())))
    except ValueError as error:
        raise ValueError(f"{where}, {error}") from None


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and line of each crash point below a node. Raises as `points`."""
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not is_point(node):
            continue
        match node.args:
            case [ast.Constant(value=str(name))] if id(node) in awaited:
                yield name, node.lineno
            case _:
                raise ValueError(f'line {node.lineno}: write `await reach("a.literal_name")`')


def is_point(node: ast.AST) -> bool:
    """Whether a node calls `reach`, by that name or as `crashpoint.reach`."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name == CALL
    return False
