"""A death at a crash point inside the test's own process: for what has no process of its own."""

from collections.abc import Awaitable, Callable


class Killed(BaseException):
    """The process is gone."""


def dies_at(name: str, nth: int = 1) -> Callable[[str], Awaitable[None]]:
    """What takes the place of `reach`: raises `Killed` the nth time that the point is reached."""
    reached = 0

    async def reach(point: str) -> None:
        nonlocal reached
        reached += point == name
        if point == name and reached == nth:
            raise Killed

    return reach
