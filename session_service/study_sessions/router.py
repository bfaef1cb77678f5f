"""Classes over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.study_sessions import repository, service
from session_service.study_sessions.errors import (
    AlreadyApproved,
    StudySessionNotFound,
    TransitionForbidden,
)
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import (
    State,
    StudySessionCreate,
    StudySessionOut,
)

router = APIRouter(
    prefix="/v1/study-sessions", tags=["study sessions"], route_class=IdempotentRoute
)


@router.post(
    "",
    status_code=201,
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, KeyRunning, Invalid, KeyReused),
    dependencies=[ONCE],
)
async def create_study_session(
    body: StudySessionCreate, session: SessionDep, user: Tutor, now: Now
) -> StudySession:
    """Creates a class. It opens when it is paid for and an admin has approved it, in either
    order. With `draft` it waits for its own tutor first.
    """
    return await service.create(session, user, body, now)


@router.get(
    "",
    response_model=Page[StudySessionOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_study_sessions(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    state: Annotated[State | None, Query(description="Only classes in this state.")] = None,
) -> RowPage:
    """The caller's classes, newest first; an admin sees all."""
    return await repository.list_page(reads, user, page, state)


@router.get(
    "/{study_session_id}",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, StudySessionNotFound, Invalid),
)
async def get_study_session(study_session_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One class: for its tutor, its members and admins."""
    return await repository.get_for(reads, user, study_session_id)


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
    study_session_id: UUID, session: SessionDep, user: Admin, now: Now
) -> StudySession:
    """Approves a class; admins only."""
    return await service.approve(session, user, study_session_id, now)


@router.post(
    "/{study_session_id}/submission",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def submit_study_session(
    study_session_id: UUID, session: SessionDep, user: Tutor
) -> StudySession:
    """Hands in a draft: from now on it waits for payment and approval. For the class's owner."""
    return await service.submit(session, user, study_session_id)


@router.post(
    "/{study_session_id}/end",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def end_study_session(
    study_session_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> StudySession:
    """Ends an active or suspended class, for good: it stays readable. For the class's owner."""
    return await service.end_own(session, user, study_session_id, now)


@router.post(
    "/{study_session_id}/archive",
    response_model=StudySessionOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, TransitionForbidden, Invalid),
)
async def archive_study_session(
    study_session_id: UUID, session: SessionDep, user: Tutor
) -> StudySession:
    """Puts an ended class away. For the class's owner."""
    return await service.archive(session, user, study_session_id)
