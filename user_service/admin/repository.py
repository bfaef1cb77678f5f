"""Queries of admins over all accounts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Role
from libs.pagination import PageRequest, newest_first
from user_service.accounts.models import Account, folded
from user_service.admin.schemas import Search, State
from user_service.logins.models import Login

BATCH = 1_000
ADMINS_LOCK = 7_263  # an arbitrary number that no other advisory lock of the service uses

HERE, OPEN, STAYS = (
    column.is_(None) for column in (Account.erased_at, Account.blocked_at, Account.erasure_due_at)
)
STATES: dict[State, ColumnElement[bool]] = {
    State.ACTIVE: and_(HERE, OPEN, STAYS),
    State.BLOCKED: and_(HERE, ~OPEN),
    State.LEAVING: and_(HERE, OPEN, ~STAYS),
    State.ERASED: ~HERE,
}
"""What `AdminAccountOut.state` says, in SQL."""


async def lock(session: AsyncSession, *account_ids: UUID) -> dict[UUID, Account]:
    """Accounts by id, as they are now, locked in one order so that two admins cannot deadlock."""
    rows = await session.scalars(
        select(Account)
        .where(Account.id.in_(account_ids))
        .order_by(Account.id)
        .with_for_update(key_share=True)  # rows that refer to them may still be added
        .execution_options(populate_existing=True)
    )
    return {account.id: account for account in rows}


async def has_other_admin(session: AsyncSession, account_id: UUID) -> bool:
    """Whether there is an active admin besides this account. Whoever asks waits for the others who
    did, until the end of their transactions: two admins cannot leave at once.
    """
    await session.execute(select(func.pg_advisory_xact_lock(ADMINS_LOCK)))
    other = exists().where(
        Account.role == Role.ADMIN.value, STATES[State.ACTIVE], Account.id != account_id
    )
    return bool(await session.scalar(select(other)))


async def list_page(session: AsyncSession, search: Search, page: PageRequest) -> Sequence[Account]:
    """The accounts that are searched for, newest first."""
    statement = newest_first(matching(search), Account.id, page)
    return (await session.scalars(statement)).all()


def matching(search: Search) -> Select[Account]:
    """The accounts that are searched for, in no order."""
    statement = select(Account)
    if search.words is not None:
        statement = statement.where(
            Account.searched.contains(folded(search.words), autoescape=True)
        )
    if search.role is not None:
        statement = statement.where(Account.role == search.role.value)
    if search.state is not None:
        statement = statement.where(STATES[search.state])
    if search.created_from is not None:
        statement = statement.where(Account.created_at >= search.created_from)
    if search.created_before is not None:
        statement = statement.where(Account.created_at < search.created_before)
    return statement


async def count_logins(session: AsyncSession, account_id: UUID, now: datetime) -> int:
    """How many living logins an account has."""
    living = (Login.account_id == account_id, Login.revoked_at.is_(None), Login.expires_at > now)
    return await session.scalar(select(func.count()).select_from(Login).where(*living)) or 0


async def list_ended_blocks(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Accounts whose block's end has come, the first to end first, at most `BATCH`."""
    statement = (
        select(Account.id)
        .where(*_ended(now))
        .order_by(Account.blocked_until, Account.id)
        .limit(BATCH)
    )
    return (await session.scalars(statement)).all()


async def find_ended_block(
    session: AsyncSession, account_id: UUID, now: datetime
) -> Account | None:
    """An account whose block's end has come, locked; `None` when somebody has it in hand, or has
    changed the block meanwhile.
    """
    statement = select(Account).where(Account.id == account_id, *_ended(now))
    return await session.scalar(statement.with_for_update(skip_locked=True))


def _ended(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Account.blocked_until <= now, Account.erased_at.is_(None)
