"""Queries for accounts."""

from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.hot_reads import Query, Row
from user_service.accounts.errors import AccountNotFound, EmailTaken, UsernameTaken
from user_service.accounts.models import IS_LEGACY, Account, username_key
from user_service.codes.models import email_key

OWN = (
    Account.id, Account.user_code, Account.username, Account.email, Account.first_name,
    Account.last_name, Account.role, Account.locale, Account.zone, Account.created_at,
)  # fmt: skip
_READ_OWN = Query(select(*OWN).where(Account.id == bindparam("account_id")))


class CodeTaken(Exception):
    """The drawn user code exists already: draw again."""


async def add(session: AsyncSession, account: Account) -> None:
    """Adds an account. Raises `EmailTaken`, `UsernameTaken` or `CodeTaken`; the transaction stays
    usable.
    """
    try:
        async with session.begin_nested():
            session.add(account)
            await session.flush()
    except IntegrityError as error:
        name = postgres.constraint(error)
        refusals = {"email_key": EmailTaken, "username_key": UsernameTaken, "user_code": CodeTaken}
        for column, refusal in refusals.items():
            if name.endswith(column):
                raise refusal from error
        raise


async def set_email(session: AsyncSession, account: Account, email: str) -> None:
    """Gives a locked account another address. Raises `EmailTaken`; then the account is as it was,
    and the transaction stays usable.
    """
    try:
        async with session.begin_nested():
            account.email, account.email_key = email.strip(), email_key(email)
            await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error).endswith("email_key"):
            raise EmailTaken from error
        raise


async def find_by_email(session: AsyncSession, email: str) -> Account | None:
    """The account of an address, in any spelling."""
    return await session.scalar(select(Account).where(Account.email_key == email_key(email)))


async def find_by_identifier(session: AsyncSession, identifier: str) -> Account | None:
    """The account of an e-mail address or a user name."""
    return await session.scalar(
        select(Account).where(
            or_(
                Account.email_key == email_key(identifier),
                Account.username_key == username_key(identifier),
            )
        )
    )


async def has_legacy(session: AsyncSession) -> bool:
    """Whether any account still has a hash of Django's."""
    return await session.scalar(select(Account.id).where(IS_LEGACY).limit(1)) is not None


async def get(session: AsyncSession, account_id: UUID) -> Account:
    """An account by id. Raises `AccountNotFound`."""
    account = await session.get(Account, account_id)
    if account is None:
        raise AccountNotFound
    return account


async def lock(session: AsyncSession, account_id: UUID) -> Account:
    """An account as it is now, its row locked against changes of it. Raises `AccountNotFound`."""
    account = await session.scalar(
        select(Account)
        .where(Account.id == account_id)
        .with_for_update(key_share=True)  # rows that refer to it may still be added
        .execution_options(populate_existing=True)
    )
    if account is None:
        raise AccountNotFound
    return account


async def read_own(reads: postgres.Reads, account_id: UUID) -> Row:
    """The columns of one's own account. Raises `AccountNotFound`."""
    row = await _READ_OWN.first(reads, account_id=account_id)
    if row is None:
        raise AccountNotFound
    return row
