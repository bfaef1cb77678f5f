"""Keyset pages: stable while rows are inserted, and as cheap at the end as at the start.

A cursor is opaque to clients: base64 of the sort key of the last row, which for UUIDv7 keys is the
id alone.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, Protocol, TypeVar, TypeVarTuple
from uuid import UUID

from fastapi import Depends, Query

from libs.errors import BadRequest
from libs.schemas import Schema

if TYPE_CHECKING:  # services without PostgreSQL do not load SQLAlchemy
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MAX_PAGE = 100


class BadCursor(BadRequest):
    """This cursor is not one that we gave out."""

    code = "bad_cursor"


class Page(Schema, Generic[T]):
    """One page; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class PageRequest:
    """Which page of a list. Raises `BadCursor` for a cursor that cannot be read."""

    def __init__(self, cursor: str | None, limit: int) -> None:
        self.after = decode(cursor) if cursor else None
        self.limit = limit


async def get_page(
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows per page.")] = 20,
) -> PageRequest:
    """The query parameters of a list. Raises `BadCursor`.

    A coroutine, as every dependency must be: what is none (a class too) FastAPI runs in a thread.
    """
    return PageRequest(cursor, limit)


Paging = Annotated[PageRequest, Depends(get_page)]


class _HasId(Protocol):
    @property
    def id(self) -> Any: ...


R = TypeVar("R", bound=_HasId)


def encode(row_id: UUID) -> str:
    """The cursor after a row."""
    return base64.urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def decode(cursor: str) -> UUID:
    """The id in a cursor. Raises `BadCursor`."""
    try:
        return UUID(
            bytes=base64.b64decode(
                cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True
            )
        )
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error


def newest_first(
    statement: "Select[*Ts]",
    column: "InstrumentedAttribute[UUID] | ColumnElement[UUID]",
    page: PageRequest,
) -> "Select[*Ts]":
    """Adds order, start and limit (one more than asked for, to see whether there is a next
    page).
    """
    if page.after is not None:
        statement = statement.where(column < page.after)
    return statement.order_by(column.desc()).limit(page.limit + 1)


def cut(rows: Sequence[R], page: PageRequest) -> tuple[list[R], str | None]:
    """The rows of this page, and the cursor of the next one."""
    shown = list(rows[: page.limit])
    return shown, encode(shown[-1].id) if len(rows) > page.limit else None
