"""Calendar feeds over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from libs import etags
from libs.auth import AccountBlocked, ScopeMissing
from libs.deps import CurrentUser, Now, OwnLogin, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.calendars import repository, service
from session_service.calendars.errors import FeedNotFound
from session_service.calendars.schemas import FeedMade, FeedOut
from session_service.lessons.errors import LessonNotFound

router = APIRouter(prefix="/v1", tags=["calendars"])
KIND = "text/calendar; charset=utf-8"
SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}},
    304: {"description": "Nothing has changed."},
}


@router.get(
    "/me/calendar-feed",
    response_model=FeedOut,
    responses=problems(Unauthorized, FeedNotFound),
)
async def get_my_calendar_feed(reads: ReadsDep, user: CurrentUser) -> Row:
    """When one's feed was made and last read. Its address is not kept: make a new one."""
    return await repository.read_own(reads, user.account_id)


@router.post(
    "/me/calendar-feed",
    status_code=201,
    responses=problems(Unauthorized, ScopeMissing),
)
async def create_my_calendar_feed(
    session: SessionDep, user: OwnLogin, now: Now, request: Request
) -> FeedMade:
    """Makes an address at which calendar programs read one's lessons; the one before is dead at
    once.
    """
    secret = await service.make(session, user.account_id, now)
    base = str(request.app.state.settings.public_url).rstrip("/")
    url = f"{base}/api/sessions/v1/calendars/{secret}.ics"
    return FeedMade(url=url, created_at=now)


@router.delete("/me/calendar-feed", status_code=204, responses=problems(Unauthorized, ScopeMissing))
async def delete_my_calendar_feed(session: SessionDep, user: OwnLogin) -> None:
    """Ends one's feed."""
    await repository.remove(session, user.account_id)


@router.get(
    "/calendars/{secret}.ics",
    responses={**problems(FeedNotFound, AccountBlocked, TooMany, Invalid), **SHOWN},
    response_class=Response,
    dependencies=[Depends(limited("calendar", 120, 60))],
)
async def read_calendar(
    secret: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")],
    reads: ReadsDep,
    now: Now,
    request: Request,
    if_none_match: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:
    """All lessons of the feed's owner, for calendar programs. Needs no token: the address is the
    secret.
    """
    owner = await service.find_owner(reads, secret)
    request.app.state.revocations.check_account(owner)
    tag = f'"{await service.read_tag(reads, owner, now)}"'
    await request.app.state.database.run(lambda session: service.note_read(session, owner, now))
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if etags.names(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    body = await service.read(reads, owner, now)
    return Response(body, media_type=KIND, headers=headers)


@router.get(
    "/lessons/{lesson_id}/calendar",
    responses={**problems(Unauthorized, LessonNotFound, Invalid), 200: SHOWN[200]},
    response_class=Response,
)
async def read_lesson_calendar(
    lesson_id: UUID, reads: ReadsDep, user: CurrentUser, now: Now
) -> Response:
    """One lesson as an `.ics` file."""
    body = await service.read_lesson(reads, user.account_id, lesson_id, now)
    name = {"Content-Disposition": 'attachment; filename="lesson.ics"'}
    return Response(body, media_type=KIND, headers=name)
