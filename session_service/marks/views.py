"""Marks as people may see them: who teaches or helps all, a student and who observes the student
what is released. One's own excuse is no secret; the points behind it are.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, case, null, or_, select

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import (
    RELEASED,
    Mark,
    MarkChange,
    MarkPart,
    MarkWord,
    concerns,
    helped_by,
    released_for,
)
from session_service.marks.schemas import ChangeOut, GivenMarkOut, MarkState, PartOut

_CALLER = bindparam("caller", type_=Uuid())
_HELPED = helped_by(_CALLER)
_OPEN = or_(_HELPED, RELEASED)
_HIDDEN = ("total", "penalty_points", "comment", "marked_at", "state")
VISIBLE = or_(_HELPED, and_(or_(RELEASED, Mark.excused), concerns(_CALLER)))
"""That a row may be seen at all."""
SHOWN = [
    *columns_of(Mark, GivenMarkOut, without=_HIDDEN),
    *(case((_OPEN, getattr(Mark, name)), else_=null()).label(name) for name in _HIDDEN[:-1]),
    case((_OPEN, Mark.state), else_=MarkState.EMPTY.value).label("state"),
]
"""The columns of `GivenMarkOut`, without what the caller may not see."""
_ALL = select(*SHOWN).where(VISIBLE)
_ONE = Query(_ALL.where(Mark.id == bindparam("mark_id")))
_PAGE = PageQuery(
    _ALL,
    Mark.id,
    {
        "item_id": Mark.item_id == bindparam("item_id"),
        "study_session_id": Mark.study_session_id == bindparam("study_session_id"),
        "student_id": Mark.student_id == bindparam("student_id"),
        "state": and_(Mark.state == bindparam("state"), _OPEN),
    },
)
_PARTS = Query(
    select(*columns_of(MarkPart, PartOut))
    .join(Mark, Mark.id == MarkPart.mark_id)
    .where(Mark.id == bindparam("mark_id"), released_for(_CALLER))
    .order_by(MarkPart.position)
)
_SEEN_FROM = case(
    (or_(_HELPED, MarkChange.from_state == MarkState.RELEASED.value), MarkChange.from_total),
    else_=null(),
)
"""What a mark was before, unless it was a draft then."""
_CHANGES = PageQuery(
    select(
        *columns_of(MarkChange, ChangeOut, without=("reason", "from_total")),
        _SEEN_FROM.label("from_total"),
        MarkWord.reason,
    )
    .join(Mark, Mark.id == MarkChange.mark_id)
    .outerjoin(MarkWord, MarkWord.change_id == MarkChange.id)
    .where(
        Mark.id == bindparam("mark_id"),
        or_(
            _HELPED,
            and_(RELEASED, MarkChange.to_state == MarkState.RELEASED.value, concerns(_CALLER)),
        ),
    ),
    MarkChange.id,
)


async def get_for(reads: Reads, user: Principal, mark_id: UUID) -> Row:
    """A mark with its parts. Raises `MarkNotFound`."""
    values = {"caller": user.account_id, "mark_id": mark_id}
    found = await _ONE.first(reads, **values)
    return _whole(found, await _PARTS.all(reads, **values))


async def show(session: Transaction, user: Principal, mark_id: UUID) -> Row:
    """As `get_for`, within a transaction."""
    values = {"caller": user.account_id, "mark_id": mark_id}
    rows = await _ONE.run(session, **values)
    return _whole(rows[0] if rows else None, await _PARTS.run(session, **values))


async def list_page(reads: Reads, user: Principal, page: PageRequest, **filters: Any) -> RowPage:
    """Marks that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, **filters)


async def list_changes(reads: Reads, user: Principal, mark_id: UUID, page: PageRequest) -> RowPage:
    """A mark's trail, newest first: for its student only what was seen. Raises `MarkNotFound`."""
    if await _ONE.first(reads, caller=user.account_id, mark_id=mark_id) is None:
        raise MarkNotFound
    return await _CHANGES.page(reads, page, caller=user.account_id, mark_id=mark_id)


def _whole(found: Row | None, parts: Sequence[Row]) -> Row:
    if found is None:
        raise MarkNotFound
    return {**found, "parts": parts}
