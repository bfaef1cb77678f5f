"""Memberships over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.join_codes import service as join_codes
from session_service.join_codes.errors import JoinCodeExpired, JoinCodeUnknown, JoinCodeUsedUp
from session_service.memberships import repository, service
from session_service.memberships.errors import (
    ClassFull,
    DeclinedLately,
    MembershipNotFound,
    MembershipRemoved,
    MembershipStateWrong,
)
from session_service.memberships.models import Membership
from session_service.memberships.schemas import (
    MemberOut,
    MembershipCreate,
    MembershipOut,
    MembershipPlace,
    MembershipState,
    Refusal,
    WaitingOut,
)
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["memberships"])

ByState = Annotated[MembershipState | None, Query(description="Only those in this state.")]
DECIDED = problems(Unauthorized, WrongRole, MembershipNotFound, MembershipStateWrong, Invalid)


async def find_class(
    body: MembershipCreate, request: Request, reads: ReadsDep, user: Student
) -> UUID:
    """The class with this join code, looked up before a transaction is open: wrong codes are
    counted, which must survive the refusal. Raises `JoinCodeUnknown` or `TooMany`.
    """
    return await join_codes.look_up(reads, request.app.state.limits, user, body.join_code)


FoundClass = Annotated[UUID, Depends(find_class)]


@router.post(
    "/memberships",
    status_code=201,
    response_model=MembershipOut,
    responses=problems(
        Unauthorized, WrongRole, JoinCodeUnknown, JoinCodeExpired, JoinCodeUsedUp,
        StudySessionIsSuspended, StudySessionNotOpen, DeclinedLately, MembershipRemoved, Invalid,
        TooMany,
    ),
    dependencies=[Depends(limited("join", 60, 60, by="account"))],
)  # fmt: skip
async def create_membership(
    body: MembershipCreate, found: FoundClass, session: SessionDep, user: Student, now: Now
) -> Membership:
    """Asks to join the class with this code; when all seats are taken, for a place in the wait
    list. Asking again gives the same membership. Ten wrong codes a minute, 60 requests in all.
    """
    return await service.join(session, user, found, body.join_code, now)


@router.get(
    "/memberships",
    response_model=Page[MembershipOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_own_memberships(
    reads: ReadsDep, user: Student, page: Paging, state: ByState = None
) -> RowPage:
    """The caller's memberships, newest first."""
    return await repository.list_own(reads, user.account_id, page, state)


@router.get(
    "/memberships/{membership_id}",
    response_model=MembershipPlace,
    responses=problems(Unauthorized, MembershipNotFound, Invalid),
)
async def get_membership(membership_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One membership, with its place in the wait list: for its student and who helps in the
    class.
    """
    return await repository.get_for(reads, user, membership_id)


@router.get(
    "/study-sessions/{study_session_id}/memberships",
    response_model=Page[MemberOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_memberships(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging, state: ByState = None
) -> RowPage:
    """Who is, was or wants to be in a class, newest first; for who teaches or helps in it."""
    return await service.list_taught(reads, user, study_session_id, page, state)


@router.get(
    "/study-sessions/{study_session_id}/wait-list",
    response_model=Page[WaitingOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_wait_list(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """Who waits for a seat, in the order in which seats are given: `place` 1 is the next. For who
    teaches or helps in the class.
    """
    return await service.list_wait_list(reads, user, study_session_id, page)


@router.post(
    "/memberships/{membership_id}/approval",
    response_model=MembershipOut,
    responses=DECIDED
    | problems(ClassFull, StudySessionIsSuspended, StudySessionNotOpen, MembershipStateWrong),
)
async def approve_membership(
    membership_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> Membership:
    """Lets a student in, also one who was declined or removed before; for who teaches the class."""
    return await service.approve(session, user, membership_id, now)


@router.post(
    "/memberships/{membership_id}/decline", response_model=MembershipOut, responses=DECIDED
)
async def decline_membership(
    membership_id: UUID, body: Refusal, session: SessionDep, user: Tutor, now: Now
) -> Membership:
    """Refuses a request, with a reason if there is one to tell; the student may ask again after a
    day. For who teaches the class.
    """
    return await service.decline(session, user, membership_id, body.reason, now)


@router.post(
    "/memberships/{membership_id}/removal", response_model=MembershipOut, responses=DECIDED
)
async def remove_membership(
    membership_id: UUID, body: Refusal, session: SessionDep, user: Tutor, now: Now
) -> Membership:
    """Removes a student, who cannot ask again; only an approval brings the student back. For who
    teaches the class.
    """
    return await service.remove(session, user, membership_id, body.reason, now)


@router.post(
    "/memberships/{membership_id}/departure", response_model=MembershipOut, responses=DECIDED
)
async def leave_class(
    membership_id: UUID, session: SessionDep, user: Student, now: Now
) -> Membership:
    """Leaves a class, its wait list, or takes a request back; one may ask again at once."""
    return await service.leave(session, user, membership_id, now)
