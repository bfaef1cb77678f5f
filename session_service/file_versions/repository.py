"""Queries for versions of files. Permission is part of every query of a person's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.file_versions.errors import VersionNotFound
from session_service.file_versions.schemas import VersionOut
from session_service.materials.models import GIVES_UP, LINGERS, Material, MaterialVersion
from session_service.materials.rights import helped, visible
from session_service.materials.schemas import VersionState
from session_service.study_sessions.models import StudySession

COUNTED = (VersionState.ASKED, VersionState.PENDING, VersionState.READY)
"""What takes room: kept, or perhaps about to be."""
_HELPED = helped(Material.study_session_id)
_SHOWN = or_(_HELPED, MaterialVersion.number == Material.published_number)
"""All versions for who teaches or helps; for the others the one that is published."""
_NOT_GONE = MaterialVersion.state != VersionState.GONE.value
_PAGE = PageQuery(
    select(*columns_of(MaterialVersion, VersionOut))
    .join(Material, Material.id == MaterialVersion.material_id)
    .where(Material.id == bindparam("material_id"), visible(), _SHOWN, _NOT_GONE),
    MaterialVersion.id,
)
_READY = Statement(
    select(MaterialVersion)
    .join(Material, Material.id == MaterialVersion.material_id)
    .where(
        Material.id == bindparam("material_id"),
        visible(),
        _SHOWN,
        MaterialVersion.state == VersionState.READY.value,
        or_(
            bindparam("version_id", type_=MaterialVersion.id.type).is_(None),
            MaterialVersion.id == bindparam("version_id", type_=MaterialVersion.id.type),
        ),
    )
    .order_by(MaterialVersion.number.desc())
    .limit(1)
)


async def add(session: AsyncSession, version: MaterialVersion) -> None:
    """Adds a version."""
    session.add(version)
    await session.flush()


async def lock_storage(session: AsyncSession, study_session_id: UUID) -> int:
    """How many bytes a class keeps, or awaits; until the transaction ends nobody adds to them."""
    await session.execute(
        select(StudySession.id)
        .where(StudySession.id == study_session_id)
        .with_for_update(key_share=True)
    )
    used = await session.scalar(
        select(func.coalesce(func.sum(MaterialVersion.size), 0)).where(
            MaterialVersion.study_session_id == study_session_id, MaterialVersion.state.in_(COUNTED)
        )
    )
    return int(used or 0)


async def lock_for(session: AsyncSession, user: Principal, version_id: UUID) -> MaterialVersion:
    """A version in a class in which the caller teaches or helps, locked. Raises
    `VersionNotFound`.
    """
    version = await session.scalar(
        select(MaterialVersion)
        .where(
            MaterialVersion.id == version_id,
            _NOT_GONE,
            taught_by(user.account_id, HELPERS, MaterialVersion.study_session_id),
        )
        .with_for_update()
    )
    if version is None:
        raise VersionNotFound
    return version


async def get_ready(
    session: Transaction, user: Principal, material_id: UUID, version_id: UUID | None
) -> Row:
    """The newest version that the caller may download, or a named one. Raises
    `VersionNotFound`.
    """
    rows = await _READY.run(
        session, caller=user.account_id, material_id=material_id, version_id=version_id
    )
    if not rows:
        raise VersionNotFound
    return rows[0]


async def list_page(reads: Reads, user: Principal, material_id: UUID, page: PageRequest) -> RowPage:
    """Versions that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, material_id=material_id)


async def find(session: AsyncSession, version_id: UUID) -> MaterialVersion | None:
    """A version, for jobs."""
    return await session.get(MaterialVersion, version_id)


async def lock(session: AsyncSession, version_id: UUID) -> MaterialVersion | None:
    """A version as it is now, locked, for jobs."""
    return await session.get(
        MaterialVersion, version_id, with_for_update=True, populate_existing=True
    )


async def lock_material(session: AsyncSession, material_id: UUID) -> Material:
    """A material that there is, locked, for jobs."""
    return await session.get_one(Material, material_id, with_for_update=True)


async def list_unswept(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Versions whose last sweep is due, oldest first."""
    settled = or_(
        MaterialVersion.state != VersionState.PENDING.value,
        MaterialVersion.completed_at <= now - GIVES_UP,
    )
    due = and_(MaterialVersion.swept_at.is_(None), MaterialVersion.asked_at <= now - LINGERS)
    statement = (
        select(MaterialVersion.id)
        .where(due, settled)
        .order_by(MaterialVersion.asked_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def remove_refused(session: AsyncSession, before: datetime) -> None:
    """Forgets refusals of which nothing else is left."""
    await session.execute(
        delete(MaterialVersion).where(
            MaterialVersion.state == VersionState.REFUSED.value, MaterialVersion.swept_at < before
        )
    )


async def remove(session: AsyncSession, version: MaterialVersion) -> None:
    """Forgets a version."""
    await session.delete(version)
