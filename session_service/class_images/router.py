"""Images of classes over HTTP: only leave and states; the bytes go to the object store."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import WrongRole
from libs.deps import Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.class_images import repository, service
from session_service.class_images.errors import ClassImageNotAwaited, ClassImageNotFound
from session_service.class_images.models import ClassImage
from session_service.class_images.schemas import (
    ClassImageAsked,
    ClassImageCreate,
    ClassImageOut,
)
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionOver

router = APIRouter(prefix="/v1", tags=["class images"])


@router.post(
    "/study-sessions/{study_session_id}/images",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionOver, Invalid, TooMany
    ),
    dependencies=[Depends(limited("class_images", 20, 3_600, by="account"))],
)
async def ask_for_class_image(
    study_session_id: UUID,
    body: ClassImageCreate,
    session: SessionDep,
    user: Tutor,
    request: Request,
) -> ClassImageAsked:
    """Leave to upload an image: a PUT to `upload.url` with `upload.headers`, then `complete`. For
    the class's owner.

    JPEG, PNG or WebP, at most 5,000,000 bytes and 25 million pixels (WebP: half of that). What is
    shown are squares cut from its middle, without anything that the file says of place, time or
    camera.
    """
    objects = request.app.state.objects
    return await service.ask(session, objects, user, study_session_id, body)


@router.delete(
    "/study-sessions/{study_session_id}/image",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid),
)
async def remove_class_image(study_session_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Takes the image off the class, and its files away. For the class's owner."""
    await service.remove(session, user, study_session_id)


@router.get(
    "/class-images/{image_id}",
    response_model=ClassImageOut,
    responses=problems(Unauthorized, WrongRole, ClassImageNotFound, Invalid),
)
async def get_class_image(image_id: UUID, session: SessionDep, user: Tutor) -> ClassImage:
    """How far an upload has come. For the class's owner."""
    return await repository.get_own(session, user.account_id, image_id)


@router.post(
    "/class-images/{image_id}/complete",
    status_code=202,
    response_model=ClassImageOut,
    responses=problems(Unauthorized, WrongRole, ClassImageNotFound, ClassImageNotAwaited, Invalid),
)
async def complete_class_image(
    image_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> ClassImage:
    """Says that the upload is there, within an hour. It is looked at then; a repeat is harmless."""
    return await service.complete(session, user, image_id, now)
