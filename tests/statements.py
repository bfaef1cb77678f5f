"""Counts the SQL statements that a block sends, by SQLAlchemy or by the driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from libs import compiled


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yields a list that grows by an entry for each statement of this process."""
    seen: list[str] = []

    def by_sqlalchemy(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    def by_driver(_: float) -> None:
        seen.append("by the driver")

    event.listen(Engine, "before_cursor_execute", by_sqlalchemy)
    compiled.WATCHERS.append(by_driver)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", by_sqlalchemy)
        compiled.WATCHERS.remove(by_driver)
