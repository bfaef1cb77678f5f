"""Roles inside a class over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.class_roles import repository, service
from session_service.class_roles.errors import (
    ClassRoleNotFound,
    ClassRoleTaken,
    PersonUnknown,
    TutorAccountNeeded,
)
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import (
    ClassRoleCreate,
    ClassRoleHolder,
    ClassRoleOut,
    ClassRoleState,
    OwnClassRole,
)
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionNotOpen

router = APIRouter(prefix="/v1", tags=["class roles"])


@router.post(
    "/study-sessions/{study_session_id}/roles",
    status_code=201,
    response_model=ClassRoleOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, PersonUnknown, StudySessionNotOpen,
        ClassRoleTaken, Invalid, TooMany,
    ),
    dependencies=[Depends(limited("class-roles", 60, 3_600, by="account"))],
)  # fmt: skip
async def offer_class_role(
    study_session_id: UUID, body: ClassRoleCreate, session: SessionDep, user: Tutor, now: Now
) -> ClassRole:
    """Asks a person to be co-tutor, assistant or a student's observer; for the class's owner. It
    gives no right before the person has accepted.
    """
    return await service.offer(session, user, study_session_id, body, now)


@router.get(
    "/study-sessions/{study_session_id}/roles",
    response_model=Page[ClassRoleHolder],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_class_roles(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """Who has a role in a class or is asked to take one on, newest first; for its owner and who
    helps in it.
    """
    return await service.list_of(reads, user, study_session_id, page)


@router.get(
    "/class-roles",
    response_model=Page[OwnClassRole],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_own_class_roles(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    state: Annotated[ClassRoleState | None, Query(description="Only those in this state.")] = None,
) -> RowPage:
    """The caller's roles in classes, also those only offered so far, newest first."""
    return await repository.list_own(reads, user, page, state)


@router.post(
    "/class-roles/{class_role_id}/acceptance",
    response_model=ClassRoleOut,
    responses=problems(Unauthorized, TutorAccountNeeded, ClassRoleNotFound, Invalid),
)
async def accept_class_role(
    class_role_id: UUID, session: SessionDep, user: CurrentUser, now: Now
) -> ClassRole:
    """Takes on a role that one was asked to."""
    return await service.accept(session, user, class_role_id, now)


@router.delete(
    "/class-roles/{class_role_id}",
    status_code=204,
    responses=problems(Unauthorized, ClassRoleNotFound, Invalid),
)
async def end_class_role(class_role_id: UUID, session: SessionDep, user: CurrentUser) -> None:
    """Ends a role: the person declines or resigns, the owner withdraws or removes."""
    await service.end(session, user, class_role_id)
