"""Queries for pictures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.pictures.errors import PictureNotFound
from user_service.pictures.models import GIVES_UP, LINGERS, Picture, State


async def add(session: AsyncSession, picture: Picture) -> None:
    """Adds a picture."""
    session.add(picture)
    await session.flush()


async def get_own(
    session: AsyncSession, account_id: UUID, picture_id: UUID, *, lock: bool = False
) -> Picture:
    """One's own picture that is not gone. Raises `PictureNotFound`."""
    statement = select(Picture).where(
        Picture.id == picture_id, Picture.account_id == account_id, Picture.state != State.GONE
    )
    picture = await session.scalar(statement.with_for_update() if lock else statement)
    if picture is None:
        raise PictureNotFound
    return picture


async def find(session: AsyncSession, picture_id: UUID) -> Picture | None:
    """A picture, for jobs."""
    return await session.get(Picture, picture_id)


async def lock(session: AsyncSession, picture_id: UUID) -> Picture | None:
    """A picture as it is now, locked, for jobs."""
    return await session.get(Picture, picture_id, with_for_update=True, populate_existing=True)


async def retire(
    session: AsyncSession, account_id: UUID, *, states: Sequence[State], but: UUID | None = None
) -> list[UUID]:
    """Makes the account's pictures of these states gone; returns which."""
    statement = (
        update(Picture)
        .where(Picture.account_id == account_id, Picture.state.in_(states))
        .where(Picture.id != but if but is not None else Picture.id.is_not(None))
        .values(state=State.GONE, swept_at=None)
        .returning(Picture.id)
        .execution_options(synchronize_session=False)
    )
    return list(await session.scalars(statement))


async def has_newer(session: AsyncSession, account_id: UUID, picture_id: UUID) -> bool:
    """Whether a picture that was asked for later is shown already."""
    statement = select(Picture.id).where(
        Picture.account_id == account_id, Picture.state == State.READY, Picture.id > picture_id
    )
    return await session.scalar(statement.limit(1)) is not None


async def list_unswept(session: AsyncSession, now: datetime, limit: int) -> list[UUID]:
    """Pictures whose last sweep is due, oldest first."""
    given_up = or_(Picture.state != State.PENDING, Picture.completed_at <= now - GIVES_UP)
    statement = (
        select(Picture.id)
        .where(Picture.swept_at.is_(None), Picture.asked_at <= now - LINGERS, given_up)
        .order_by(Picture.asked_at)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def remove_refused(session: AsyncSession, before: datetime) -> None:
    """Forgets refusals of which nothing else is left."""
    await session.execute(
        delete(Picture).where(Picture.state == State.REFUSED, Picture.swept_at < before)
    )


async def remove(session: AsyncSession, picture: Picture) -> None:
    """Forgets a picture."""
    await session.delete(picture)
