"""The audit trail over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import AccountBlocked, ScopeMissing, WrongRole
from libs.deps import own_admin
from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from libs.schemas import PLAIN, Instant
from user_service.audit import service
from user_service.audit.schemas import AuditEntryOut, Filter

router = APIRouter(prefix="/v1/admin", tags=["admin"], dependencies=[Depends(own_admin)])


async def get_filter(
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    action: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Such as `account.blocked`.")
    ] = None,
    since: Instant | None = None,
    before: Instant | None = None,
) -> Filter:
    """The query parameters of the list."""
    return Filter(actor_id, subject_id, action, since, before)


@router.get(
    "/audit-entries",
    responses=problems(Unauthorized, AccountBlocked, WrongRole, ScopeMissing, Invalid, BadCursor),
)
async def list_audit_entries(
    session: SessionDep,
    wanted: Annotated[Filter, Depends(get_filter)],
    page: Paging,
) -> Page[AuditEntryOut]:
    """Who did what to whom, newest first."""
    rows, following = await service.list_page(session, wanted, page)
    return Page(items=[AuditEntryOut.model_validate(row) for row in rows], next_cursor=following)
