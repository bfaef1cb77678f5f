"""What admins may do to accounts: block, unblock, change a role. Each act is audited, and its
person told, in the act's own transaction.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import AccountBlocked, LoginRevoked, Role, WrongRole
from libs.events import user as events
from libs.pagination import PageRequest, cut
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account, folded
from user_service.admin import repository
from user_service.admin.errors import EndInPast, LastAdmin, OwnAccount, SearchTooShort
from user_service.admin.schemas import (
    AdminAccountDetails,
    AdminAccountOut,
    BlockCreate,
    FactorReset,
    RoleChange,
    Search,
)
from user_service.audit import service as audit
from user_service.audit.schemas import AuditEntryOut
from user_service.factors import service as factors
from user_service.logins import service as logins
from user_service.mails import service as mails
from user_service.mails.templates import Reader, Value
from user_service.tokens import service as tokens

SHORTEST_SEARCH = 3
"""Letters; what the index is made of."""
EXCERPT = 10


async def search(
    session: AsyncSession, wanted: Search, page: PageRequest
) -> tuple[list[Account], str | None]:
    """A page of accounts and the cursor of the next. Raises `SearchTooShort`."""
    if wanted.words is not None and len(folded(wanted.words).strip()) < SHORTEST_SEARCH:
        raise SearchTooShort
    return cut(await repository.list_page(session, wanted, page), page)


async def show(session: AsyncSession, account_id: UUID, now: datetime) -> AdminAccountDetails:
    """One account with its logins and the newest entries about it. Raises `AccountNotFound`."""
    account = await session.get(Account, account_id)
    if account is None:
        raise AccountNotFound
    entries = await audit.list_about(session, account_id, EXCERPT)
    return AdminAccountDetails(
        **AdminAccountOut.model_validate(account).model_dump(exclude={"state"}),
        logins=await repository.count_logins(session, account_id, now),
        audit=[AuditEntryOut.model_validate(entry) for entry in entries],
    )


async def block(
    session: AsyncSession, admin_id: UUID, account_id: UUID, wanted: BlockCreate
) -> Account:
    """Shuts an account out. One that is blocked already stays as it is, and nothing is told twice.

    Raises `AccountNotFound`, `OwnAccount`, `EndInPast`, and as `lock_for`.
    """
    now = _now(session)
    account = await lock_for(session, admin_id, account_id)
    if account.id == admin_id:
        raise OwnAccount
    if wanted.until is not None and wanted.until <= now:
        raise EndInPast
    if account.blocked_at is not None:
        return account
    account.blocked_at, account.blocked_until = now, wanted.until
    account.block_reason = wanted.reason
    account.revision += 1
    until = wanted.until.isoformat() if wanted.until else None
    await audit.record(
        session, "account.blocked", actor_id=admin_id, subject_id=account.id,
        reason=wanted.reason, until=until,
    )  # fmt: skip
    values: dict[str, Value] = {"reason": wanted.reason}
    if wanted.until is None:
        await tell(session, account, "account-blocked", values)
    else:
        await tell(session, account, "account-blocked-until", values | {"ends_at": wanted.until})
    await outbox.publish(
        session,
        events.AccountBlocked(
            account_id=account.id, user_code=account.user_code, role=account.role,
            blocked_at=now, until=wanted.until, revision=account.revision,
        ),
    )  # fmt: skip
    return account


async def unblock(session: AsyncSession, admin_id: UUID, account_id: UUID) -> Account:
    """Lets an account in again; one that is not blocked stays as it is.

    Raises `AccountNotFound`, and as `lock_for`.
    """
    account = await lock_for(session, admin_id, account_id)
    if account.blocked_at is not None:
        await lift(session, account, admin_id)
    return account


async def lift(session: AsyncSession, account: Account, admin_id: UUID | None) -> None:
    """Ends the block of a locked account; without an admin because its end has come."""
    now, blocked_at = _now(session), account.blocked_at
    assert blocked_at is not None  # noqa: S101  (the caller has looked)
    account.blocked_at = account.blocked_until = account.block_reason = None
    account.revision += 1
    await audit.record(session, "account.unblocked", actor_id=admin_id, subject_id=account.id)
    await tell(session, account, "account-unblocked", {})
    await outbox.publish(
        session,
        events.AccountUnblocked(
            account_id=account.id, user_code=account.user_code, role=account.role,
            blocked_at=blocked_at, unblocked_at=now, revision=account.revision,
        ),
    )  # fmt: skip


async def lift_ended(session: AsyncSession, account_id: UUID) -> None:
    """Ends a block whose end has come, unless somebody has done it or is about to."""
    account = await repository.find_ended_block(session, account_id, _now(session))
    if account is not None:
        await lift(session, account, None)


async def change_role(
    session: AsyncSession, admin_id: UUID, account_id: UUID, wanted: RoleChange
) -> Account:
    """Makes an account a student's, tutor's or admin's, and ends all its logins and tokens, since
    they carry the old role. Raises `AccountNotFound`, `LastAdmin`, and as `lock_for`.
    """
    now = _now(session)
    account = await lock_for(session, admin_id, account_id)
    old = account.role
    if old == wanted.role:
        return account
    if old == Role.ADMIN:
        await check_admin_remains(session, account.id)
    account.role = wanted.role.value
    account.revision += 1
    await logins.end_all(session, account.id, now)
    await tokens.revoke_all(session, account.id)
    await audit.record(
        session, "account.role_changed", actor_id=admin_id, subject_id=account.id,
        old_role=old, role=account.role, reason=wanted.reason,
    )  # fmt: skip
    await tell(session, account, "role-changed", {"role": account.role})
    await outbox.publish(
        session,
        events.RoleChanged(
            account_id=account.id, user_code=account.user_code, old_role=old, role=account.role,
            changed_at=now, revision=account.revision,
        ),
    )  # fmt: skip
    return account


async def reset_factors(
    session: AsyncSession, admin_id: UUID, account_id: UUID, wanted: FactorReset
) -> None:
    """Takes all second factors from an account, and ends its logins and tokens. Raises
    `AccountNotFound`, `OwnAccount`, and as `lock_for`.
    """
    account = await lock_for(session, admin_id, account_id)
    if account.id == admin_id:
        raise OwnAccount
    await factors.reset(session, account.id, actor_id=admin_id, reason=wanted.reason)
    await tokens.revoke_all(session, account.id)


async def check_admin_remains(session: AsyncSession, account_id: UUID) -> None:
    """To be asked before an account stops being an active admin. Raises `LastAdmin`."""
    if not await repository.has_other_admin(session, account_id):
        raise LastAdmin


async def lock_for(session: AsyncSession, admin_id: UUID, account_id: UUID) -> Account:
    """The account, locked, for an admin who is still one: his token may be seconds behind.

    So whoever acts is an active admin until this transaction ends, and blocking somebody else never
    takes the last one. What is left of an erased account cannot be acted upon. Raises `WrongRole`,
    `AccountBlocked`, `LoginRevoked` or `AccountNotFound`.
    """
    found = await repository.lock(session, admin_id, account_id)
    admin, account = found.get(admin_id), found.get(account_id)
    if admin is None or admin.role != Role.ADMIN:
        raise WrongRole
    if admin.blocked_at is not None:
        raise AccountBlocked
    if admin.erasure_due_at is not None:
        raise LoginRevoked
    if account is None or account.erased_at is not None:
        raise AccountNotFound
    return account


async def tell(
    session: AsyncSession, account: Account, kind: str, values: dict[str, Value]
) -> None:
    """Asks for a mail to an account's owner."""
    reader = Reader(account.email, account.locale, account.zone)
    await mails.ask(session, kind, reader, values, account_id=account.id)


def _now(session: AsyncSession) -> datetime:
    now: datetime = session.info["clock"].now()
    return now
