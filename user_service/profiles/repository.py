"""Queries for profiles."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import Query, Row
from libs.postgres import Reads
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account
from user_service.profiles.models import Profile, empty

_IS_ITS = Profile.account_id == Account.id
_OWN = Query(
    select(
        Account.user_code, Account.username, Account.email, Account.role, Account.first_name,
        Account.last_name, Account.locale, Account.zone, Account.revision, Profile.week_start,
        Profile.needs, Profile.needs_note, Profile.phone, Profile.bio, Profile.picture,
        Profile.picture_alt,
    )
    .outerjoin(Profile, _IS_ITS)
    .where(Account.id == bindparam("account_id"))
)  # fmt: skip
_CARDS = Query(
    select(
        Account.user_code, Account.first_name, Account.last_name, Account.role, Profile.bio,
        Profile.picture, Profile.picture_alt,
    )
    .outerjoin(Profile, _IS_ITS)
    .where(Account.user_code == any_(bindparam("codes", type_=ARRAY(Text))))
    .where(Account.erased_at.is_(None))
)  # fmt: skip


async def read_own(reads: Reads, account_id: UUID) -> Row:
    """One's own columns; those of a profile that was never written are `None`. Raises
    `AccountNotFound`.
    """
    row = await _OWN.first(reads, account_id=account_id)
    if row is None:
        raise AccountNotFound
    return row


async def read_cards(reads: Reads, codes: Sequence[str]) -> dict[str, Row]:
    """What others may see of people, by their codes, in one statement; unknown codes are not
    there.
    """
    rows = await _CARDS.all(reads, codes=list(codes))
    return {row["user_code"]: row for row in rows}


async def lock(session: AsyncSession, account_id: UUID) -> tuple[Account, Profile]:
    """One's account, locked, and the profile, which is made if it was never written. Raises
    `AccountNotFound`.
    """
    statement = select(Account).where(Account.id == account_id).with_for_update()
    account = await session.scalar(statement.execution_options(populate_existing=True))
    if account is None:
        raise AccountNotFound
    # In a statement of its own: one that waited for the lock would not see a row made meanwhile.
    profile = await session.get(Profile, account_id, populate_existing=True)
    if profile is None:
        profile = empty(account_id)
        session.add(profile)
    return account, profile
