"""Memberships over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import WrongRole
from libs.deps import Now, Student, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.memberships import repository, service
from session_service.memberships.errors import JoinCodeUnknown, MembershipNotFound
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MemberOut, MembershipCreate, MembershipOut
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionNotOpen

router = APIRouter(prefix="/v1", tags=["memberships"])


@router.post(
    "/memberships",
    status_code=201,
    response_model=MembershipOut,
    responses=problems(
        Unauthorized, WrongRole, JoinCodeUnknown, StudySessionNotOpen, Invalid, TooMany
    ),
    dependencies=[Depends(limited("join", 10, 60, by="account"))],
)
async def create_membership(
    body: MembershipCreate, session: SessionDep, user: Student, now: Now
) -> Membership:
    """Asks to join the class with this code. Asking again gives the same membership; ten tries a
    minute.
    """
    return await service.join(session, user, body.join_code, now)


@router.get(
    "/memberships",
    response_model=Page[MembershipOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_own_memberships(reads: ReadsDep, user: Student, page: Paging) -> RowPage:
    """The caller's memberships, newest first."""
    return await repository.list_own(reads, user.account_id, page)


@router.get(
    "/study-sessions/{study_session_id}/memberships",
    response_model=Page[MemberOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_memberships(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """Who is in a class or asks to be, newest first; for its tutor."""
    return await service.list_taught(reads, user, study_session_id, page)


@router.post(
    "/memberships/{membership_id}/approval",
    response_model=MembershipOut,
    responses=problems(Unauthorized, WrongRole, MembershipNotFound, Invalid),
)
async def approve_membership(
    membership_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> Membership:
    """Lets a student in; for the class's tutor."""
    return await service.approve(session, user, membership_id, now)
