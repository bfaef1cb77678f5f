"""Queries for exports."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.exports.errors import ExportNotFound
from user_service.exports.models import Export, ExportPart
from user_service.exports.schemas import ExportState

BATCH = 100


async def add(session: AsyncSession, export: Export) -> None:
    """Adds an export."""
    session.add(export)
    await session.flush()


async def count_since(session: AsyncSession, account_id: UUID, since: datetime) -> int:
    """How many exports a person asked for after an instant."""
    statement = select(func.count()).where(
        Export.account_id == account_id, Export.requested_at > since
    )
    return await session.scalar(statement) or 0


async def find_running(session: AsyncSession, account_id: UUID) -> Export | None:
    """The export that is being made for a person."""
    return await session.scalar(
        select(Export).where(
            Export.account_id == account_id, Export.state == ExportState.COLLECTING
        )
    )


async def get_for(session: AsyncSession, account_id: UUID, export_id: UUID) -> Export:
    """One of a person's own exports. Raises `ExportNotFound`."""
    found = await session.scalar(
        select(Export).where(Export.id == export_id, Export.account_id == account_id)
    )
    if found is None:
        raise ExportNotFound
    return found


async def lock(session: AsyncSession, export_id: UUID) -> Export | None:
    """An export by id, locked."""
    return await session.get(Export, export_id, with_for_update=True, populate_existing=True)


async def list_parts(session: AsyncSession, export_id: UUID) -> Sequence[ExportPart]:
    """The parts that have come, by service."""
    statement = select(ExportPart).where(ExportPart.export_id == export_id)
    return (await session.scalars(statement.order_by(ExportPart.service))).all()


async def save_part(session: AsyncSession, part: ExportPart) -> None:
    """Keeps a part; a newer one takes the place of an older one of the same service."""
    names = ("export_id", "service", "sha256", "size", "received_at")
    values = {name: getattr(part, name) for name in names}
    await session.execute(
        insert(ExportPart)
        .values(values)
        .on_conflict_do_update(index_elements=["export_id", "service"], set_=values)
    )


async def lock_all(session: AsyncSession, account_id: UUID) -> Sequence[Export]:
    """All exports of a person, oldest first, locked."""
    statement = select(Export).where(Export.account_id == account_id).order_by(Export.id)
    return (await session.scalars(statement.with_for_update())).all()


async def list_waiting(session: AsyncSession, asked_before: datetime) -> Sequence[UUID]:
    """Exports that are collecting and were last asked for at an instant or before, oldest first."""
    statement = (
        select(Export.id)
        .where(Export.state == ExportState.COLLECTING, Export.asked_at <= asked_before)
        .order_by(Export.requested_at)
        .limit(BATCH)
    )
    return (await session.scalars(statement)).all()


async def list_over(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Exports whose objects have had their time and may still be there, oldest first."""
    statement = (
        select(Export.id).where(Export.expires_at <= now).order_by(Export.expires_at).limit(BATCH)
    )
    return (await session.scalars(statement)).all()


async def note_dropped(session: AsyncSession, folder: UUID) -> None:
    """Notes of an export that is over that none of its objects is left."""
    await session.execute(
        update(Export)
        .where(Export.folder == folder, Export.state.in_([ExportState.EXPIRED, ExportState.FAILED]))
        .values(expires_at=None)
    )


async def remove_before(session: AsyncSession, instant: datetime) -> None:
    """Forgets exports that were asked for before an instant and of which no object is left."""
    await session.execute(
        delete(Export).where(
            Export.state != ExportState.COLLECTING,
            Export.expires_at.is_(None),
            Export.requested_at < instant,
        )
    )
