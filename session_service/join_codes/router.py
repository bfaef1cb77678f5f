"""Join codes over HTTP: for the owner of the class."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs import qr
from libs.auth import WrongRole
from libs.deps import Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.join_codes import service
from session_service.join_codes.schemas import JoinCodeOut, JoinCodeTerms, QrFormat
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}/join-code", tags=["join codes"])
PICTURES: dict[str, Any] = {"content": {media_type: {} for media_type in qr.MEDIA_TYPES.values()}}
ERRORS = problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid)


async def get_origin(request: Request) -> str:
    """Where the web client is, without a slash at the end."""
    origin: str = request.app.state.settings.public_url
    return origin


Origin = Annotated[str, Depends(get_origin)]


@router.get("", responses=ERRORS)
async def get_join_code(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, origin: Origin
) -> JoinCodeOut:
    """A class's join code: the class's public code until it is first rotated."""
    return service.show(await service.get(reads, user, study_session_id), origin)


@router.put("/terms", responses=ERRORS)
async def set_join_code_terms(
    study_session_id: UUID, body: JoinCodeTerms, session: SessionDep, user: Tutor, origin: Origin
) -> JoinCodeOut:
    """Gives the present join code an end, a limit of uses, or none."""
    return service.show(await service.set_terms(session, user, study_session_id, body), origin)


@router.post("/rotation", responses=ERRORS)
async def rotate_join_code(
    study_session_id: UUID, body: JoinCodeTerms, session: SessionDep, user: Tutor, origin: Origin
) -> JoinCodeOut:
    """Draws a new join code of eight letters; the one before is unknown at once."""
    return service.show(await service.rotate(session, user, study_session_id, body), origin)


@router.get("/qr-code", response_class=Response, responses={200: PICTURES, **ERRORS})
async def get_join_code_qr(
    study_session_id: UUID,
    reads: ReadsDep,
    user: Tutor,
    origin: Origin,
    format: QrFormat = QrFormat.PNG,  # noqa: A002
) -> Response:
    """The QR code of the link by which students join, as PNG or SVG."""
    found = service.show(await service.get(reads, user, study_session_id), origin)
    picture = await asyncio.to_thread(qr.draw, found.link, format.value)
    return Response(picture, media_type=qr.MEDIA_TYPES[format])
