"""Admins' view of accounts over HTTP. Every route takes a login of the admin's own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs.auth import AccountBlocked, Role, ScopeMissing, WrongRole
from libs.deps import Admin, Now, limited, own_admin
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from libs.schemas import PLAIN, Instant
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account
from user_service.admin import service, views
from user_service.admin.errors import (
    EndInPast,
    LastAdmin,
    NotViewable,
    OwnAccount,
    SearchTooShort,
)
from user_service.admin.schemas import (
    AdminAccountDetails,
    AdminAccountOut,
    BlockCreate,
    FactorReset,
    RoleChange,
    Search,
    State,
    ViewCreate,
    ViewOut,
)

router = APIRouter(prefix="/v1/admin/accounts", tags=["admin"], dependencies=[Depends(own_admin)])
ADMIN = (Unauthorized, AccountBlocked, WrongRole, ScopeMissing, Invalid)


async def get_search(
    q: Annotated[
        str | None,
        Query(
            max_length=100,
            pattern=PLAIN,
            description="Part of a user name, an address, a name or a code; case and accents do "
            "not count.",
        ),
    ] = None,
    role: Role | None = None,
    state: State | None = None,
    created_from: Instant | None = None,
    created_before: Instant | None = None,
) -> Search:
    """The query parameters of the list."""
    return Search(q, role, state, created_from, created_before)


@router.get("", responses=problems(*ADMIN, BadCursor, SearchTooShort))
async def list_accounts(
    session: SessionDep,
    search: Annotated[Search, Depends(get_search)],
    page: Paging,
) -> Page[AdminAccountOut]:
    """Accounts, newest first."""
    rows, following = await service.search(session, search, page)
    items = [AdminAccountOut.model_validate(row) for row in rows]
    return Page(items=items, next_cursor=following)


@router.get("/{account_id}", responses=problems(*ADMIN, AccountNotFound))
async def get_account(account_id: UUID, session: SessionDep, now: Now) -> AdminAccountDetails:
    """One account: its state, how many devices are signed in, the newest audit entries about it."""
    return await service.show(session, account_id, now)


@router.post(
    "/{account_id}/block",
    response_model=AdminAccountOut,
    responses=problems(*ADMIN, AccountNotFound, OwnAccount, EndInPast),
)
async def block_account(
    account_id: UUID, body: BlockCreate, admin: Admin, session: SessionDep
) -> Account:
    """Shuts an account out: within seconds no service takes its tokens, and its sockets close. The
    person is told the reason by mail. An account that is blocked already stays as it is.
    """
    return await service.block(session, admin.account_id, account_id, body)


@router.delete(
    "/{account_id}/block",
    response_model=AdminAccountOut,
    responses=problems(*ADMIN, AccountNotFound),
)
async def unblock_account(account_id: UUID, admin: Admin, session: SessionDep) -> Account:
    """Lets an account in again; one that is not blocked stays as it is."""
    return await service.unblock(session, admin.account_id, account_id)


@router.put(
    "/{account_id}/role",
    response_model=AdminAccountOut,
    responses=problems(*ADMIN, AccountNotFound, LastAdmin),
)
async def change_account_role(
    account_id: UUID, body: RoleChange, admin: Admin, session: SessionDep
) -> Account:
    """Changes what an account is, and signs it out everywhere. The last active admin stays one."""
    return await service.change_role(session, admin.account_id, account_id, body)


@router.post(
    "/{account_id}/factor-resets",
    status_code=204,
    responses=problems(*ADMIN, AccountNotFound, OwnAccount),
)
async def reset_account_factors(
    account_id: UUID, body: FactorReset, admin: Admin, session: SessionDep
) -> None:
    """Takes all second factors and recovery codes from an account whose owner has lost them, and
    signs it out everywhere. The person is told by mail; the reason is in the audit trail.
    """
    await service.reset_factors(session, admin.account_id, account_id, body)


@router.post(
    "/{account_id}/views",
    status_code=201,
    responses=problems(*ADMIN, AccountNotFound, NotViewable, TooMany),
    dependencies=[Depends(limited("views", 30, 3_600, by="account"))],
)
async def view_as_account(
    account_id: UUID, body: ViewCreate, admin: Admin, request: Request
) -> ViewOut:
    """Lets an admin see StudyZed as this account does, for a quarter of an hour: the token reads in
    all services, writes in none, and opens no socket. It ends with the admin's login. Each view is
    in the audit trail as `account.viewed`.
    """
    parts = request.app.state.resources
    return await views.start(parts.database, parts.keys, admin, account_id, body)
