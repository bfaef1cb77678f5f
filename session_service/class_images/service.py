"""The rules of a class's image: one at a time is shown, the newest that was asked for."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.ids import new_id
from libs.objects import Objects
from session_service.class_images import repository
from session_service.class_images.models import GOOD_FOR, ClassImage, draw_folder
from session_service.class_images.schemas import (
    ClassImageAsked,
    ClassImageCreate,
    ClassImageUpload,
    ClearClassImage,
    ConvertClassImage,
    ImageState,
)
from session_service.study_sessions import repository as study_sessions


async def ask(
    session: AsyncSession,
    objects: Objects,
    user: Principal,
    study_session_id: UUID,
    wanted: ClassImageCreate,
) -> ClassImageAsked:
    """Gives an owner leave for an upload of this type and size; an earlier one is awaited no more.
    Raises `StudySessionNotFound` or `StudySessionOver`.
    """
    found = await study_sessions.lock_own(session, user, study_session_id)
    found.check_changeable()
    await repository.retire(session, found.id, ImageState.ASKED)
    image = ClassImage(
        id=new_id(),
        study_session_id=found.id,
        state=ImageState.ASKED.value,
        alt=wanted.alt,
        folder=draw_folder(),
        asked_at=session.info["clock"].now(),
    )
    await repository.add(session, image)
    upload = objects.upload_address(image.upload, wanted.content_type, wanted.size, GOOD_FOR)
    return ClassImageAsked(
        id=image.id,
        study_session_id=found.id,
        state=ImageState.ASKED,
        refusal=None,
        upload=ClassImageUpload(
            url=upload.url, headers=dict(upload.headers), expires_at=upload.expires_at
        ),
    )


async def complete(
    session: AsyncSession, user: Principal, image_id: UUID, now: datetime
) -> ClassImage:
    """Takes the owner's word that the upload is there; a repeat changes nothing.

    Raises `ClassImageNotFound` or `ClassImageNotAwaited`.
    """
    image = await repository.get_own(session, user.account_id, image_id, lock=True)
    if image.complete(now):
        await outbox.enqueue(session, ConvertClassImage(image_id=image.id))
    return image


async def show(session: AsyncSession, image_id: UUID) -> None:
    """Shows an image whose squares are published with its class, unless one that was asked for
    later is there; the one before is gone.
    """
    image = await repository.find(session, image_id)
    if image is None or image.state != ImageState.PENDING:
        return
    found = await study_sessions.lock(session, image.study_session_id)
    image = await repository.lock(session, image_id)
    if image is None or image.state != ImageState.PENDING:
        return
    if await repository.has_newer(session, image):
        image.state = ImageState.GONE.value
        return
    image.state = ImageState.READY.value
    await session.flush()
    found.change({"image_folder": image.folder, "image_alt": image.alt})
    await _clear(session, await repository.retire(session, found.id, ImageState.READY, image.id))


async def remove(session: AsyncSession, user: Principal, study_session_id: UUID) -> None:
    """Takes the image off an owner's class; well if there is none. Raises
    `StudySessionNotFound`.
    """
    found = await study_sessions.lock_own(session, user, study_session_id)
    if found.image_folder is None:
        return
    found.change({"image_folder": None, "image_alt": ""})
    await _clear(session, await repository.retire(session, found.id, ImageState.READY))


async def _clear(session: AsyncSession, image_ids: Iterable[UUID]) -> None:
    for image_id in image_ids:
        await outbox.enqueue(session, ClearClassImage(image_id=image_id))
