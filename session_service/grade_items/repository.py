"""Queries for the columns of gradebooks. Permission is part of every query of a person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, column, delete, exists, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Insert
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.grade_items.errors import GradeItemNotFound
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import GradeItemOut
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_OF_CLASS = GradeItem.study_session_id
_VISIBLE = select(*columns_of(GradeItem, GradeItemOut), GradeItem.revision).where(
    or_(
        taught_by(_CALLER, HELPERS, _OF_CLASS),
        attended_by(_CALLER, _OF_CLASS),
        observed_by(_CALLER, _OF_CLASS),
    )
)
_ONE = Query(_VISIBLE.where(GradeItem.id == bindparam("item_id")))
_PAGE = PageQuery(
    _VISIBLE.where(GradeItem.study_session_id == bindparam("study_session_id")), GradeItem.id
)
_ADD = Insert(GradeItem)
_MARKS = table("marks", column("item_id", Uuid()))
_RUBRICS = table("item_rubrics", column("item_id", Uuid()))
"""By their names only: marks and rubrics know items, not the other way round."""


async def add(session: Transaction, items: Sequence[GradeItem]) -> None:
    """Adds columns; what a default of the database's holds is left to it."""
    await _ADD.add_all(session, items)


async def lock(session: AsyncSession, item_id: UUID) -> GradeItem:
    """An item, locked, for what stands above it. Raises `GradeItemNotFound`."""
    found = await session.get(GradeItem, item_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise GradeItemNotFound
    return found


async def lock_taught(session: AsyncSession, user: Principal, item_id: UUID) -> GradeItem:
    """An item of a class that the caller teaches, locked. Raises `GradeItemNotFound`."""
    found = await session.scalar(
        select(GradeItem)
        .where(GradeItem.id == item_id, taught_by(user.account_id, column=_OF_CLASS))
        .with_for_update()
    )
    if found is None:
        raise GradeItemNotFound
    return found


async def check_taught(session: AsyncSession, user: Principal, item_id: UUID) -> None:
    """Raises `GradeItemNotFound` unless the caller teaches in the item's class."""
    found = await session.scalar(
        select(GradeItem.id).where(
            GradeItem.id == item_id, taught_by(user.account_id, column=_OF_CLASS)
        )
    )
    if found is None:
        raise GradeItemNotFound


async def has_marks(session: AsyncSession, item_id: UUID) -> bool:
    """Whether anybody has a row in this column."""
    return bool(await session.scalar(select(exists().where(_MARKS.c.item_id == item_id))))


async def session_code(session: AsyncSession, item: GradeItem) -> str:
    """The code of an item's class."""
    statement = select(StudySession.session_code).where(StudySession.id == item.study_session_id)
    return (await session.execute(statement)).scalar_one()


async def remove(session: AsyncSession, item_id: UUID) -> None:
    """Takes an item away, and by which rubric it would be marked."""
    await session.execute(delete(_RUBRICS).where(_RUBRICS.c.item_id == item_id))
    await session.execute(delete(GradeItem).where(GradeItem.id == item_id))


async def get_for(reads: Reads, user: Principal, item_id: UUID) -> Row:
    """An item that the caller may see, with its revision. Raises `GradeItemNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, item_id=item_id)
    if found is None:
        raise GradeItemNotFound
    return found


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """The items of a class that the caller may see, newest first."""
    found = await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)
    for row in found["items"]:
        row.pop("revision")
    return found
