"""Pictures of trends over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from libs import etags
from libs.deps import CurrentUser, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.charts import service
from session_service.charts.models import Chart
from session_service.charts.service import Viewer
from session_service.progress.errors import ProgressNotFound
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}/charts", tags=["progress"])
SOON = "2"
"""Seconds until a picture that was asked for may be there."""
HEADERS = {
    "Cache-Control": "private, no-cache",
    # Nothing in it may run or be fetched, even where it is opened as a page of its own.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}},
    202: {"description": "It is being drawn: ask again after `Retry-After` seconds."},
    304: {"description": "Nothing has changed."},
}
IfNoneMatch = Annotated[
    str | None, Header(max_length=200, description="The `ETag` of the picture that is there.")
]


async def get_viewer(
    study_session_id: UUID, session: SessionDep, user: CurrentUser, now: Now
) -> Viewer:
    """A coroutine: what is none FastAPI runs in a thread."""
    return Viewer(session, user, study_session_id, now)


ViewerDep = Annotated[Viewer, Depends(get_viewer)]


@router.get(
    "/class",
    responses={**problems(Unauthorized, StudySessionNotFound, Invalid), **SHOWN},
    response_class=Response,
)
async def get_class_chart(viewer: ViewerDep, if_none_match: IfNoneMatch = None) -> Response:
    """The last twelve weeks of a class as a picture (SVG), for who teaches or helps: what was
    handed in, and the average of released marks. It is at most a quarter of an hour behind when it
    is asked for anew.
    """
    return _answer(await service.get_of_class(viewer), if_none_match)


@router.get(
    "/students/{student_id}",
    responses={**problems(Unauthorized, ProgressNotFound, Invalid), **SHOWN},
    response_class=Response,
)
async def get_student_chart(
    viewer: ViewerDep, student_id: UUID, if_none_match: IfNoneMatch = None
) -> Response:
    """The last twelve weeks of a student as a picture (SVG), for whoever may see the student's
    progress; with the class's median for who teaches or helps, where it is of five students or
    more.
    """
    return _answer(await service.get_of_student(viewer, student_id), if_none_match)


def _answer(found: Chart | None, if_none_match: str | None) -> Response:
    if found is None:
        return Response(status_code=202, headers={**HEADERS, "Retry-After": SOON})
    tag = f'"{found.tag}"'
    headers = {**HEADERS, "ETag": tag}
    if etags.names(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(found.svg, media_type="image/svg+xml", headers=headers)
