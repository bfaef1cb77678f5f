"""Memberships over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import WrongRole
from libs.deps import Now, Student, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from session_service.memberships import service
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


@router.get("/memberships", responses=problems(Unauthorized, WrongRole, BadCursor, Invalid))
async def list_own_memberships(
    session: SessionDep, user: Student, page: Paging
) -> Page[MembershipOut]:
    """The caller's memberships, newest first."""
    items, cursor = await service.list_own(session, user, page)
    shown = [MembershipOut.model_validate(item) for item in items]
    return Page[MembershipOut](items=shown, next_cursor=cursor)


@router.get(
    "/study-sessions/{study_session_id}/memberships",
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_memberships(
    study_session_id: UUID, session: SessionDep, user: Tutor, page: Paging
) -> Page[MemberOut]:
    """Who is in a class or asks to be, newest first; for its tutor."""
    items, cursor = await service.list_taught(session, user, study_session_id, page)
    return Page[MemberOut](items=items, next_cursor=cursor)


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
