"""The rules of pictures: one at a time is shown, the newest that was asked for."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.hot_reads import Row
from libs.ids import new_id
from libs.objects import Objects
from libs.postgres import Reads
from user_service.pictures import repository
from user_service.pictures.errors import PictureNotFound
from user_service.pictures.models import GOOD_FOR, Picture, State, draw_folder
from user_service.pictures.schemas import (
    ClearPicture,
    ConvertPicture,
    PictureAsked,
    PictureCreate,
    UploadOut,
)
from user_service.profiles import repository as profiles
from user_service.profiles import service as profile_rules


async def ask(
    session: AsyncSession, objects: Objects, account_id: UUID, wanted: PictureCreate, now: datetime
) -> PictureAsked:
    """Gives leave for an upload of this type and size; an earlier one is awaited no more."""
    await repository.retire(session, account_id, states=[State.ASKED])
    picture = Picture(
        id=new_id(),
        account_id=account_id,
        state=State.ASKED,
        alt=wanted.alt,
        folder=draw_folder(),
        asked_at=now,
    )
    await repository.add(session, picture)
    upload = objects.upload_address(picture.upload, wanted.content_type, wanted.size, GOOD_FOR)
    return PictureAsked(
        id=picture.id,
        state=State.ASKED.value,
        refusal=None,
        upload=UploadOut(
            url=upload.url, headers=dict(upload.headers), expires_at=upload.expires_at
        ),
    )


async def complete(
    session: AsyncSession, account_id: UUID, picture_id: UUID, now: datetime
) -> Picture:
    """Takes the owner's word that the upload is there; a repeat changes nothing.

    Raises `PictureNotFound` or `PictureNotAwaited`.
    """
    picture = await repository.get_own(session, account_id, picture_id, lock=True)
    if picture.complete(now):
        await outbox.enqueue(session, ConvertPicture(picture_id=picture.id))
    return picture


async def show(session: AsyncSession, picture_id: UUID) -> None:
    """Puts a picture whose squares are published into its owner's profile, unless one that was
    asked for later is there; the one before is gone.
    """
    picture = await repository.find(session, picture_id)
    if picture is None or picture.state != State.PENDING:
        return
    account, profile = await profiles.lock(session, picture.account_id)
    picture = await repository.lock(session, picture_id)
    if picture is None or picture.state != State.PENDING:
        return
    if await repository.has_newer(session, account.id, picture.id):
        picture.state = State.GONE
        return
    picture.state = State.READY
    await session.flush()
    profile.picture, profile.picture_alt = picture.folder, picture.alt
    account.revision += 1
    await _clear(session, await _retire_ready(session, account.id, picture.id))


async def read_current(reads: Reads, objects: Objects, account_id: UUID) -> Row:
    """What one's profile shows. Raises `AccountNotFound` or `PictureNotFound`."""
    profile, _ = await profile_rules.read_own(reads, objects, account_id)
    if profile["picture"] is None:
        raise PictureNotFound
    picture: Row = profile["picture"]
    return picture


async def remove_current(session: AsyncSession, account_id: UUID) -> None:
    """Takes the picture off the profile; well if there is none. Raises `AccountNotFound`."""
    account, profile = await profiles.lock(session, account_id)
    if profile.picture is None:
        return
    profile.picture, profile.picture_alt = None, ""
    account.revision += 1
    await _clear(session, await _retire_ready(session, account_id))


async def drop_all(session: AsyncSession, account_id: UUID) -> None:
    """Takes away the files of all pictures of a person who is erased."""
    await _clear(session, await repository.retire(session, account_id, states=list(State)))


async def _retire_ready(
    session: AsyncSession, account_id: UUID, but: UUID | None = None
) -> list[UUID]:
    return await repository.retire(session, account_id, states=[State.READY], but=but)


async def _clear(session: AsyncSession, picture_ids: Iterable[UUID]) -> None:
    for picture_id in picture_ids:
        await outbox.enqueue(session, ClearPicture(picture_id=picture_id))
