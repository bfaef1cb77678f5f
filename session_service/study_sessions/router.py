"""Classes over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs import etags
from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import Tags, TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.study_sessions import images, repository, service
from session_service.study_sessions.errors import (
    AlreadyApproved,
    StudySessionNotFound,
    StudySessionOver,
    TransitionForbidden,
)
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import (
    State,
    StudySessionCreate,
    StudySessionOut,
    StudySessionUpdate,
)

router = APIRouter(
    prefix="/v1/study-sessions", tags=["study sessions"], route_class=IdempotentRoute
)


async def get_show(request: Request) -> Callable[[StudySession | Row], Row]:
    """How answers show a class: with the addresses of its image."""
    return partial(images.shown, objects=request.app.state.objects)


Show = Annotated[Callable[[StudySession | Row], Row], Depends(get_show)]


class Tagged:
    """As `Show`, with entity tags: the one that the client has seen, and the one it gets."""

    def __init__(self, tags: Tags, show: Callable[[StudySession | Row], Row]) -> None:
        self.if_match = tags.if_match
        self._tags, self._show = tags, show

    def show(self, found: StudySession) -> Row:
        """The answer; its tag goes with it."""
        self._tags.show(found.revision)
        return self._show(found)


async def get_tagged(tags: TagsDep, show: Show) -> Tagged:
    """A coroutine: what is none FastAPI runs in a thread."""
    return Tagged(tags, show)


@router.post(
    "",
    status_code=201,
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, KeyRunning, Invalid, KeyReused),
    dependencies=[ONCE],
)
async def create_study_session(
    body: StudySessionCreate, session: SessionDep, show: Show, user: Tutor, now: Now
) -> Row:
    """Creates a class. It opens when it is paid for and an admin has approved it, in either
    order. With `draft` it waits for its own tutor first.
    """
    return show(await service.create(session, user, body, now))


@router.get(
    "",
    response_model=Page[StudySessionOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_study_sessions(
    reads: ReadsDep,
    show: Show,
    user: CurrentUser,
    page: Paging,
    state: Annotated[State | None, Query(description="Only classes in this state.")] = None,
) -> RowPage:
    """The caller's classes, newest first; an admin sees all."""
    found = await repository.list_page(reads, user, page, state)
    return {**found, "items": [show(row) for row in found["items"]]}


@router.get(
    "/{study_session_id}",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, StudySessionNotFound, Invalid),
)
async def get_study_session(
    study_session_id: UUID, reads: ReadsDep, show: Show, user: CurrentUser, response: Response
) -> Row:
    """One class: for whoever has a role in it, and admins. Its `ETag` is for the change that may
    follow.
    """
    found = await repository.get_for(reads, user, study_session_id)
    response.headers["ETag"] = etags.of(found.pop("revision"))
    return show(found)


@router.patch(
    "/{study_session_id}",
    response_model=StudySessionOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionOver, Stale, Invalid
    ),
)
async def update_study_session(
    study_session_id: UUID,
    body: StudySessionUpdate,
    session: SessionDep,
    user: Tutor,
    tagged: Annotated[Tagged, Depends(get_tagged)],
) -> Row:
    """Changes what the body names; with `If-Match` only the class that one has seen. For its
    owner.
    """
    found = await service.update(session, user, study_session_id, body, tagged.if_match)
    return tagged.show(found)


@router.post(
    "/{study_session_id}/approval",
    response_model=StudySessionOut,
    responses=problems(
        Unauthorized,
        WrongRole,
        ScopeMissing,
        StudySessionNotFound,
        AlreadyApproved,
        TransitionForbidden,
        Invalid,
    ),
)
async def approve_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Admin, now: Now
) -> Row:
    """Approves a class; admins only."""
    return show(await service.approve(session, user, study_session_id, now))


@router.post(
    "/{study_session_id}/submission",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def submit_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Tutor
) -> Row:
    """Hands in a draft: from now on it waits for payment and approval. For the class's owner."""
    return show(await service.submit(session, user, study_session_id))


@router.post(
    "/{study_session_id}/end",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def end_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Tutor, now: Now
) -> Row:
    """Ends an active or suspended class, for good: it stays readable. For the class's owner."""
    return show(await service.end_own(session, user, study_session_id, now))


@router.post(
    "/{study_session_id}/archive",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def archive_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Tutor
) -> Row:
    """Puts an ended class away. For the class's owner."""
    return show(await service.archive(session, user, study_session_id))


@router.post(
    "/{study_session_id}/pause",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def pause_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Tutor, now: Now
) -> Row:
    """Pauses a class until it is resumed: nobody joins, no lesson or task is added, and what was
    set can still be handed in. For its owner.
    """
    return show(await service.pause(session, user, study_session_id, now))


@router.post(
    "/{study_session_id}/resume",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid),
)
async def resume_study_session(
    study_session_id: UUID, session: SessionDep, show: Show, user: Tutor, now: Now
) -> Row:
    """Lets a paused class go on. It stays paused while its owner is about to be erased. For its
    owner.
    """
    return show(await service.resume(session, user, study_session_id, now))
