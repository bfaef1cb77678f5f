"""Lists in the order of time, oldest first, in keyset pages.

For what happens at a time (lessons, bookable slots), as `hot_reads.PageQuery` is for what was made.
A cursor is base64 of the last row's instant (microseconds since 1970) and id.
"""

import base64
import binascii
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, DateTime, Select, Uuid, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from libs import hot_reads
from libs.hot_reads import Row, RowPage
from libs.pagination import MAX_PAGE, BadCursor
from libs.postgres import Reads

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FORM = struct.Struct(">q16s")


class TimePage:
    """Which page of a timeline. Raises `BadCursor` for a cursor that cannot be read."""

    def __init__(self, cursor: str | None, limit: int) -> None:
        self.after_at: datetime | None = None
        self.after_id: UUID | None = None
        if cursor:
            self.after_at, self.after_id = decode(cursor)
        self.limit = limit


async def get_time_page(
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows per page.")] = 20,
) -> TimePage:
    """The query parameters of a timeline. Raises `BadCursor`."""
    return TimePage(cursor, limit)


TimePaging = Annotated[TimePage, Depends(get_time_page)]


def encode(at: datetime, row_id: UUID) -> str:
    """The cursor after a row."""
    packed = FORM.pack((at - EPOCH) // MICROSECOND, row_id.bytes)
    return base64.urlsafe_b64encode(packed).decode()


def decode(cursor: str) -> tuple[datetime, UUID]:
    """Instant and id in a cursor. Raises `BadCursor`."""
    try:
        microseconds, row_id = FORM.unpack(base64.b64decode(cursor.encode(), b"-_", validate=True))
        return EPOCH + MICROSECOND * microseconds, UUID(bytes=row_id)
    except (ValueError, OverflowError, binascii.Error, struct.error) as error:
        raise BadCursor from error


def cut(rows: list[Row], page: TimePage, at: str) -> RowPage:
    """The rows of this page, of one more than were asked for, and the cursor of the next one."""
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return {
        "items": shown,
        "next_cursor": encode(shown[-1][at], shown[-1]["id"]) if more else None,
    }


class TimelineQuery(hot_reads.PageQuery):
    """A timeline: one statement a page, compiled once for each set of filters that is asked for.
    Make it once, at import.
    """

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]],
        at: "InstrumentedAttribute[datetime]",
        key: "InstrumentedAttribute[UUID]",
        filters: Mapping[str, ColumnElement[bool]] | None = None,
    ) -> None:
        """`at` and `key` are the columns of the rows' instants and ids; for `filters` see
        `PageQuery`.
        """
        self._at = at.key
        self._statement = statement.order_by(at, key).limit(bindparam("rows"))
        after = tuple_(
            bindparam("after_at", type_=DateTime(timezone=True)),
            bindparam("after_id", type_=Uuid()),
        )
        self._filters = {**(filters or {}), "after_id": tuple_(at, key) > after}
        self._queries = {}

    async def time_page(self, reads: Reads, page: TimePage, **values: Any) -> RowPage:
        """One page; a filter's value may be `None` for none. Raises `Unavailable`."""
        values |= {"after_at": page.after_at, "after_id": page.after_id, "rows": page.limit + 1}
        asked = {name for name in self._filters if values.get(name) is not None}
        rows = await self._query(frozenset(asked)).all(reads, **values)
        return cut(rows, page, self._at)
