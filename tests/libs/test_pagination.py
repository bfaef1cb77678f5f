"""Cursors and pages."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.pagination import BadCursor, PageRequest, cut, decode, encode


@dataclass(frozen=True)
class Row:
    id: UUID


@given(st.uuids())
def test_a_cursor_gives_its_id_back(row_id: UUID) -> None:
    assert decode(encode(row_id)) == row_id


@given(st.text(max_size=40))
def test_any_other_text_is_a_bad_cursor_or_an_id(cursor: str) -> None:
    try:
        found = decode(cursor)
    except BadCursor:
        return
    assert isinstance(found, UUID)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é" * 22, "A" * 21, "A" * 23, "=" * 22])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode(cursor)


@given(st.lists(st.uuids(), unique=True, max_size=30), st.integers(1, 7))
def test_pages_hold_every_row_once_in_order(ids: list[UUID], limit: int) -> None:
    rows = sorted(map(Row, ids), key=lambda row: row.id, reverse=True)
    seen: list[Row] = []
    cursor: str | None = None
    while True:
        page = PageRequest(cursor, limit)
        after = page.after
        found = [row for row in rows if after is None or row.id < after][: limit + 1]
        shown, cursor = cut(found, page)
        seen += shown
        if cursor is None:
            break
        assert len(shown) == limit
    assert seen == rows
