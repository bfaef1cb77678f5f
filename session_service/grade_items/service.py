"""The rules of gradebook columns. Tasks and assessments open, change and remove their own here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.auth import Principal
from libs.events.session_marks import ReleaseRuleChanged
from libs.hot_reads import RowPage
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.grade_items import repository
from session_service.grade_items.errors import GradeItemMarked, GradeItemNotManual
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import (
    GradeItemCreate,
    GradeItemUpdate,
    ItemKind,
    ReleaseRule,
)
from session_service.study_sessions import repository as study_sessions


class ItemChange(TypedDict, total=False):
    """What may change of an item."""

    title: str
    points: Decimal
    category: str
    release: ReleaseRule
    due_at: datetime | None
    cut_off_at: datetime | None
    position: int


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """A class's columns that the caller may see, newest first. Raises `StudySessionNotFound`."""
    await study_sessions.check_seen(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, page)


async def open_item(session: Transaction, item: GradeItem) -> None:
    """Opens a column. Its `id` is that of the task or assessment, with which it is published. What
    is left out is filled in: no category, the first place; tasks show marks at once, all else by
    hand.
    """
    await open_items(session, [item])


async def open_items(session: Transaction, items: Sequence[GradeItem]) -> None:
    """As `open_item`, for several by one statement."""
    for item in items:
        usual = ReleaseRule.AT_ONCE if item.kind == ItemKind.TASK else ReleaseRule.BY_HAND
        item.release = item.release or usual.value
        item.category, item.position = item.category or "", item.position or 0
        item.revision = item.revision or 1
    await repository.add(session, items)


async def change_item(
    session: AsyncSession, item_id: UUID, **change: Unpack[ItemChange]
) -> GradeItem:
    """Changes a column along with its task or assessment. Raises `GradeItemNotFound`, or
    `GradeItemMarked` for other points when marks are given.
    """
    return await _change(session, await repository.lock(session, item_id), change)


async def remove_item(session: AsyncSession, item_id: UUID) -> None:
    """Takes a column away. Raises `GradeItemNotFound`, or `GradeItemMarked`."""
    await repository.lock(session, item_id)
    if await repository.has_marks(session, item_id):
        raise GradeItemMarked
    await repository.remove(session, item_id)


async def create(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: GradeItemCreate,
    now: datetime,
) -> GradeItem:
    """Opens a manual column in a class that the caller teaches. Raises `StudySessionNotFound` or
    `StudySessionNotOpen`.
    """
    taught = await study_sessions.get_taught(session, user, study_session_id)
    taught.check_open()
    item = GradeItem(
        id=new_id(),
        study_session_id=study_session_id,
        kind=ItemKind.MANUAL.value,
        created_at=now,
        revision=1,
        cut_off_at=None,
        **wanted.model_dump(),
    )
    session.add(item)
    await session.flush()
    return item


async def update(
    session: AsyncSession,
    user: Principal,
    item_id: UUID,
    wanted: GradeItemUpdate,
    if_match: str | None,
) -> GradeItem:
    """Changes a column as its tutor. Raises `GradeItemNotFound`, `Stale`, `GradeItemNotManual` or
    `GradeItemMarked`.
    """
    item = await repository.lock_taught(session, user, item_id)
    etags.check(if_match, item.revision)
    if not item.is_manual and (wanted.title is not None or wanted.points is not None):
        raise GradeItemNotManual
    return await _change(session, item, wanted.model_dump(exclude_none=True))


async def remove(session: AsyncSession, user: Principal, item_id: UUID) -> None:
    """Removes a manual column. Raises `GradeItemNotFound`, `GradeItemNotManual` or
    `GradeItemMarked`.
    """
    item = await repository.lock_taught(session, user, item_id)
    if not item.is_manual:
        raise GradeItemNotManual
    await remove_item(session, item.id)


async def _change(
    session: AsyncSession, item: GradeItem, change: Mapping[str, object]
) -> GradeItem:
    points = change.get("points", item.points)
    if points != item.points and await repository.has_marks(session, item.id):
        raise GradeItemMarked
    old = item.release
    for name, value in change.items():
        setattr(item, name, value)
    item.revision += 1
    await session.flush()
    if item.release != old:
        await outbox.publish(session, await _ruled(session, item))
    return item


async def _ruled(session: AsyncSession, item: GradeItem) -> ReleaseRuleChanged:
    return ReleaseRuleChanged(
        study_session_id=item.study_session_id,
        session_code=await repository.session_code(session, item),
        item_id=item.id,
        revision=item.revision,
    )
