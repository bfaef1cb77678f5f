"""Queries for images of classes. Permission is part of every query but those for jobs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.class_images.errors import ClassImageNotFound
from session_service.class_images.models import GIVES_UP, LINGERS, ClassImage
from session_service.class_images.schemas import ImageState
from session_service.study_sessions.models import StudySession


async def add(session: AsyncSession, image: ClassImage) -> None:
    """Adds an image."""
    session.add(image)
    await session.flush()


async def get_own(
    session: AsyncSession, owner_id: UUID, image_id: UUID, *, lock: bool = False
) -> ClassImage:
    """An image that is not gone, of a class that somebody owns. Raises `ClassImageNotFound`."""
    owned = select(StudySession.id).where(StudySession.tutor_id == owner_id)
    statement = select(ClassImage).where(
        ClassImage.id == image_id,
        ClassImage.study_session_id.in_(owned),
        ClassImage.state != ImageState.GONE,
    )
    image = await session.scalar(statement.with_for_update() if lock else statement)
    if image is None:
        raise ClassImageNotFound
    return image


async def find(session: AsyncSession, image_id: UUID) -> ClassImage | None:
    """An image, for jobs."""
    return await session.get(ClassImage, image_id)


async def lock(session: AsyncSession, image_id: UUID) -> ClassImage | None:
    """An image as it is now, locked, for jobs."""
    return await session.get(ClassImage, image_id, with_for_update=True, populate_existing=True)


async def retire(
    session: AsyncSession, study_session_id: UUID, state: ImageState, but: UUID | None = None
) -> list[UUID]:
    """Makes the class's images of a state gone; returns which."""
    statement = (
        update(ClassImage)
        .where(ClassImage.study_session_id == study_session_id, ClassImage.state == state)
        .where(ClassImage.id != but if but is not None else ClassImage.id.is_not(None))
        .values(state=ImageState.GONE.value, swept_at=None)
        .returning(ClassImage.id)
        .execution_options(synchronize_session=False)
    )
    return list(await session.scalars(statement))


async def has_newer(session: AsyncSession, image: ClassImage) -> bool:
    """Whether an image that was asked for later is shown already."""
    statement = select(ClassImage.id).where(
        ClassImage.study_session_id == image.study_session_id,
        ClassImage.state == ImageState.READY,
        ClassImage.id > image.id,
    )
    return await session.scalar(statement.limit(1)) is not None


async def list_unswept(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Images whose last sweep is due, oldest first."""
    given_up = or_(
        ClassImage.state != ImageState.PENDING, ClassImage.completed_at <= now - GIVES_UP
    )
    statement = (
        select(ClassImage.id)
        .where(ClassImage.swept_at.is_(None), ClassImage.asked_at <= now - LINGERS, given_up)
        .order_by(ClassImage.asked_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def remove_refused(session: AsyncSession, before: datetime) -> None:
    """Forgets refusals of which nothing else is left."""
    await session.execute(
        delete(ClassImage).where(
            ClassImage.state == ImageState.REFUSED, ClassImage.swept_at < before
        )
    )


async def remove(session: AsyncSession, image: ClassImage) -> None:
    """Forgets an image."""
    await session.delete(image)
