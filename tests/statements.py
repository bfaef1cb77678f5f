"""Counts the SQL statements that a block sends, by SQLAlchemy or by the driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event

from libs import compiled

_SEEN: ContextVar[list[str] | None] = ContextVar("seen", default=None)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yields a list that grows by an entry for each statement of the block, and of tasks that begin
    in it; what runs beside it, as the loops of an app do, does not count.
    """
    seen: list[str] = []

    def by_sqlalchemy(_: Any, __: Any, statement: str, *___: Any) -> None:
        if _SEEN.get() is seen:
            seen.append(statement)

    def by_driver(_: float) -> None:
        if _SEEN.get() is seen:
            seen.append("by the driver")

    event.listen(Engine, "before_cursor_execute", by_sqlalchemy)
    compiled.WATCHERS.append(by_driver)
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)
        event.remove(Engine, "before_cursor_execute", by_sqlalchemy)
        compiled.WATCHERS.remove(by_driver)
