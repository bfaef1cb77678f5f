"""Reads: single statements, compiled once, outside any transaction.

For everything that only reads. SQLAlchemy builds the SQL and lends a connection in AUTOCOMMIT; the
driver sends it, and what comes is handed on by column names, for a response model to check and to
write as JSON in one go. `make bench` has the price of the other way: 3 to 4 times a bare handler's
CPU against 1.2.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Select, bindparam
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute

from libs.compiled import Row, Statement
from libs.pagination import PageRequest, encode
from libs.postgres import Reads
from libs.schemas import Schema

__all__ = ["PageQuery", "Query", "Row", "RowPage", "columns_of"]


def columns_of(
    table: type[DeclarativeBase], shown: type[Schema], without: Collection[str] = ()
) -> list[ColumnElement[Any]]:
    """The columns that a schema shows, by its fields' names: for the SELECT that it is made of.

    Fields `without` a column of their name are the caller's to add.
    """
    return [getattr(table, name) for name in shown.model_fields if name not in without]


class Query(Statement):
    """A SELECT of fixed text. Make it once, at import."""

    def __init__(self, statement: Executable) -> None:
        super().__init__(statement)

    async def first(self, reads: Reads, **values: Any) -> Row | None:
        """The first row by column names. Raises `Unavailable` when the database is away."""
        rows = await self.all(reads, **values)
        return rows[0] if rows else None

    async def all(self, reads: Reads, **values: Any) -> list[Row]:
        """All rows by column names. Raises `Unavailable` when the database is away."""
        borrowed, driver = await reads.borrow()
        try:
            return [dict(row) for row in await self.send(driver, values)]
        finally:
            borrowed.close()  # gives it back; a broken one is noticed by the next who borrows it


class RowPage(TypedDict):
    """What a response model `Page[...]` is made from."""

    items: Sequence[Row]
    next_cursor: str | None


class PageQuery:
    """A list in keyset pages, newest first: one statement a page, compiled once for each set of
    filters that is asked for. Make it once, at import.
    """

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]],
        key: "InstrumentedAttribute[UUID]",
        filters: Mapping[str, ColumnElement[bool]] | None = None,
    ) -> None:
        """`key` is the column `id` of the rows. A filter takes part when a value is given for its
        name, which is also that of its `bindparam`.
        """
        self._statement = statement.order_by(key.desc()).limit(bindparam("rows"))
        self._filters = {**(filters or {}), "after": key < bindparam("after")}
        self._queries: dict[frozenset[str], Query] = {}

    async def page(self, reads: Reads, page: PageRequest, **values: Any) -> RowPage:
        """One page; a filter's value may be `None` for none. Raises `Unavailable`."""
        values |= {"after": page.after, "rows": page.limit + 1}  # one more: is there a next page?
        left_out = {name for name in self._filters if values.get(name) is None}
        rows = await self._query(frozenset(self._filters.keys() - left_out)).all(
            reads, **{name: value for name, value in values.items() if name not in left_out}
        )
        shown = rows[: page.limit]
        more = len(rows) > page.limit
        return {"items": shown, "next_cursor": encode(shown[-1]["id"]) if more else None}

    def _query(self, asked: frozenset[str]) -> Query:
        if asked not in self._queries:
            self._queries[asked] = Query(
                self._statement.where(*(self._filters[name] for name in sorted(asked)))
            )
        return self._queries[asked]
