"""Queries for rubrics. Permission is part of every query of a person's."""

from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import seen_by
from session_service.grade_items.models import GradeItem
from session_service.rubrics.errors import RubricNotFound
from session_service.rubrics.models import ItemRubric, Rubric, RubricVersion

_CALLER = bindparam("caller", type_=Uuid())
_OWN = (
    select(
        Rubric.id, Rubric.version, RubricVersion.title, RubricVersion.points,
        RubricVersion.criteria, Rubric.created_at,
    )
    .join(
        RubricVersion,
        and_(RubricVersion.rubric_id == Rubric.id, RubricVersion.version == Rubric.version),
    )
    .where(Rubric.owner_id == _CALLER)
)  # fmt: skip
_ONE = Query(_OWN.where(Rubric.id == bindparam("rubric_id")))
_PAGE = PageQuery(_OWN, Rubric.id)
_OF_ITEM = Query(
    select(
        ItemRubric.item_id, ItemRubric.rubric_id, ItemRubric.version, RubricVersion.title,
        RubricVersion.points, RubricVersion.criteria,
    )
    .join(
        RubricVersion,
        and_(
            RubricVersion.rubric_id == ItemRubric.rubric_id,
            RubricVersion.version == ItemRubric.version,
        ),
    )
    .join(GradeItem, GradeItem.id == ItemRubric.item_id)
    .where(ItemRubric.item_id == bindparam("item_id"), seen_by(_CALLER, GradeItem.study_session_id))
)  # fmt: skip


async def add(session: AsyncSession, rubric: Rubric, version: RubricVersion) -> None:
    """Adds a rubric with its first version."""
    session.add_all([rubric, version])
    await session.flush()


async def add_version(session: AsyncSession, version: RubricVersion) -> None:
    """Adds a version of a rubric, which is locked."""
    session.add(version)
    await session.flush()


async def lock_own(session: AsyncSession, user: Principal, rubric_id: UUID) -> Rubric:
    """One's own rubric, locked. Raises `RubricNotFound`."""
    found = await session.scalar(
        select(Rubric)
        .where(Rubric.id == rubric_id, Rubric.owner_id == user.account_id)
        .with_for_update()
    )
    if found is None:
        raise RubricNotFound
    return found


async def get_version(session: AsyncSession, rubric_id: UUID, version: int) -> RubricVersion:
    """A version that is there."""
    return await session.get_one(RubricVersion, (rubric_id, version))


async def find_of_item(session: AsyncSession, item_id: UUID) -> RubricVersion | None:
    """By what a work is marked, if by a rubric."""
    return await session.scalar(
        select(RubricVersion)
        .join(
            ItemRubric,
            and_(
                ItemRubric.rubric_id == RubricVersion.rubric_id,
                ItemRubric.version == RubricVersion.version,
            ),
        )
        .where(ItemRubric.item_id == item_id)
    )


async def attach(session: AsyncSession, item_id: UUID, version: RubricVersion) -> None:
    """Says by which version a work is marked from now on."""
    values = {
        "item_id": item_id, "rubric_id": version.rubric_id, "version": version.version
    }  # fmt: skip
    statement = insert(ItemRubric).values(values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[ItemRubric.item_id], set_=values)
    )


async def get_own(reads: Reads, user: Principal, rubric_id: UUID) -> Row:
    """One's own rubric. Raises `RubricNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, rubric_id=rubric_id)
    if found is None:
        raise RubricNotFound
    return found


async def list_own(reads: Reads, user: Principal, page: PageRequest) -> RowPage:
    """One's own rubrics, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id)


async def get_of_item(reads: Reads, user: Principal, item_id: UUID) -> Row:
    """The rubric of a work in a class to which the caller belongs. Raises `RubricNotFound`."""
    found = await _OF_ITEM.first(reads, caller=user.account_id, item_id=item_id)
    if found is None:
        raise RubricNotFound
    return found
