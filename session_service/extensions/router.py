"""Extensions over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.extensions import service
from session_service.extensions.errors import (
    ExtensionNotFound,
    StudentNotInClass,
    WorkItemNotFound,
)
from session_service.extensions.models import Extension
from session_service.extensions.schemas import ExtensionOut, ExtensionWanted
from session_service.study_sessions.errors import StudySessionOver

router = APIRouter(prefix="/v1/work-items/{item_id}/extensions", tags=["tasks"])


@router.get(
    "",
    response_model=Page[ExtensionOut],
    responses=problems(Unauthorized, WorkItemNotFound, BadCursor, Invalid),
)
async def list_extensions(
    item_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """Who has more time for a task or an assessment: all for who teaches or helps, the own for a
    student.
    """
    return await service.list_page(reads, user, item_id, page)


@router.put(
    "/{student_id}",
    response_model=ExtensionOut,
    responses=problems(
        Unauthorized, WrongRole, WorkItemNotFound, StudentNotInClass, StudySessionOver, Invalid
    ),
)
async def grant_extension(
    item_id: UUID, student_id: UUID, body: ExtensionWanted, session: SessionDep, user: Tutor
) -> Extension:
    """Grants a student more time for a task or an assessment, in place of what was granted."""
    return await service.grant(session, user, item_id, student_id, body)


@router.delete(
    "/{student_id}",
    status_code=204,
    responses=problems(
        Unauthorized, WrongRole, WorkItemNotFound, StudentNotInClass, ExtensionNotFound,
        StudySessionOver, Invalid,
    ),
)  # fmt: skip
async def withdraw_extension(
    item_id: UUID, student_id: UUID, session: SessionDep, user: Tutor
) -> None:
    """Takes back what a student was granted."""
    await service.withdraw(session, user, item_id, student_id)
