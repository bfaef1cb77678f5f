"""Pictures over HTTP: only leave and states; the bytes go to the object store."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import ReadsDep, SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.pictures import repository, service
from user_service.pictures.errors import PictureNotAwaited, PictureNotFound
from user_service.pictures.models import Picture
from user_service.pictures.schemas import PictureAsked, PictureCreate, PictureState
from user_service.profiles.schemas import PictureOut

router = APIRouter(prefix="/v1/me/pictures", tags=["pictures"])


@router.post(
    "",
    status_code=201,
    responses=problems(Unauthorized, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("pictures", 20, 3_600, by="account"))],
)
async def ask_for_picture(
    body: PictureCreate, user: CurrentUser, session: SessionDep, now: Now, request: Request
) -> PictureAsked:
    """Leave to upload a picture: a PUT to `upload.url` with `upload.headers`, then `complete`.

    JPEG, PNG or WebP, at most 5,000,000 bytes and 25 million pixels
    (WebP: half of that). What is shown are squares cut
    from its middle, without anything that the file says of place, time or camera.
    """
    return await service.ask(session, request.app.state.objects, user.account_id, body, now)


@router.get(
    "/current",
    response_model=PictureOut,
    responses=problems(Unauthorized, AccountBlocked, AccountNotFound, PictureNotFound),
)
async def get_my_picture(user: CurrentUser, reads: ReadsDep, request: Request) -> Any:
    """The picture that one's profile shows."""
    return await service.read_current(reads, request.app.state.objects, user.account_id)


@router.get(
    "/{picture_id}",
    response_model=PictureState,
    responses=problems(Unauthorized, AccountBlocked, PictureNotFound, Invalid),
)
async def get_picture(picture_id: UUID, user: CurrentUser, session: SessionDep) -> Picture:
    """How far an upload has come."""
    return await repository.get_own(session, user.account_id, picture_id)


@router.post(
    "/{picture_id}/complete",
    status_code=202,
    response_model=PictureState,
    responses=problems(Unauthorized, AccountBlocked, PictureNotFound, PictureNotAwaited, Invalid),
)
async def complete_picture(
    picture_id: UUID, user: CurrentUser, session: SessionDep, now: Now
) -> Picture:
    """Says that the upload is there, within an hour. It is looked at then; a repeat is harmless."""
    return await service.complete(session, user.account_id, picture_id, now)


@router.delete(
    "/current",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, AccountNotFound),
)
async def remove_my_picture(user: CurrentUser, session: SessionDep) -> None:
    """Takes the picture off the profile, and its files away."""
    await service.remove_current(session, user.account_id)
