"""The rules of accounts: made with a grant, one per address, with a code of their own."""

import re
import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Role
from libs.events.user import AccountRegistered, ProfileChanged
from libs.ids import new_id
from libs.postgres import Database
from user_service.accounts import repository, zones
from user_service.accounts.errors import EmailTaken, UsernameTaken
from user_service.accounts.models import Account, username_key
from user_service.accounts.passwords import Passwords
from user_service.accounts.schemas import AccountCreate
from user_service.codes import service as codes
from user_service.codes.models import email_key
from user_service.consents import service as consents
from user_service.consents.schemas import Rules
from user_service.mails.templates import Reader

CODE_DRAWS = 8
ADMIN_EMAIL = "admin@studyzed.example"


def draw_code(username: str) -> str:
    """A user code as the product has them, such as `NAMEX-1A2B3C4`: the first five letters or
    digits of the user name (filled up with X), then seven hexadecimal digits by chance.
    """
    letters = re.sub(r"[^A-Z0-9]", "", username.upper())[:5].ljust(5, "X")
    return f"{letters}-{secrets.token_hex(4)[:7].upper()}"


def reader(account: Account) -> Reader:
    """Whom a mail to an account is for."""
    return Reader(account.email, account.locale, account.zone)


async def register(
    database: Database, passwords: Passwords, secret: str, wanted: AccountCreate, rules: Rules
) -> Account:
    """Makes an account for the address that the grant was given for. The grant is used up.

    Raises `GrantRefused`, `EmailTaken`, `UsernameTaken`, `PasswordRefused`, `GuardianNeeded` or,
    for a missing consent and for a zone that is none, `Invalid`; then the grant stays good.
    """
    now = database.clock.now()
    zone = zones.taken(wanted.zone, now)
    consents.check_sign_up(rules, wanted.consents, wanted.birth_date, now.date())
    async with database.transaction() as session:
        grant = await codes.check_grant(session, secret, wanted.grant, now)
    password = wanted.password.get_secret_value()
    await passwords.check_choice(password, wanted.username, grant.email)
    password_hash = await passwords.hash(password)
    async with database.transaction() as session:
        email = (await codes.use_grant(session, secret, wanted.grant, now)).email
        account = Account(
            id=new_id(),
            username=wanted.username,
            username_key=username_key(wanted.username),
            email=email,
            email_key=email_key(email),
            first_name=wanted.first_name,
            last_name=wanted.last_name,
            role=wanted.role,
            locale=wanted.locale,
            zone=zone,
            password_hash=password_hash,
            created_at=now,
            revision=1,
        )
        await add(session, account)
        await consents.keep_sign_up(session, account.id, rules, wanted.consents, wanted.birth_date)
    return account


async def add(session: AsyncSession, account: Account) -> None:
    """Stores a new account under a fresh code and tells the others. Raises as `repository.add`."""
    for _ in range(CODE_DRAWS):
        account.user_code = draw_code(account.username)
        try:
            await repository.add(session, account)
            break
        except repository.CodeTaken:
            continue
    else:
        raise RuntimeError("no free user code found")
    event = AccountRegistered(
        account_id=account.id,
        user_code=account.user_code,
        role=account.role,
        name=account.name,
        email=account.email,
        locale=account.locale,
        zone=account.zone,
        revision=account.revision,
    )
    await outbox.publish(session, event)


async def tell_changed(session: AsyncSession, account: Account) -> None:
    """Raises the revision and tells the others, after a change of name, address, locale or zone.
    The account's row is locked.
    """
    account.revision += 1
    event = ProfileChanged(
        account_id=account.id,
        user_code=account.user_code,
        role=account.role,
        name=account.name,
        email=account.email,
        locale=account.locale,
        zone=account.zone,
        revision=account.revision,
    )
    await outbox.publish(session, event)


async def ensure_admin(
    database: Database, passwords: Passwords, password: str, *, again: bool
) -> None:
    """Makes the account `admin` with this password. Admins are made here or by admins only.

    Where there is one its password stays as its owner chose it; with `again` (local mode) it is
    set anew, if the account is still an admin's.
    """
    now: datetime = database.clock.now()
    async with database.transaction() as session:
        found = await repository.find_by_identifier(session, "admin")
    if found is not None and not (again and found.role == Role.ADMIN):
        return
    password_hash = await passwords.hash(password)
    if found is not None:
        async with database.transaction() as session:
            (await repository.lock(session, found.id)).password_hash = password_hash
        return
    admin = Account(
        id=new_id(),
        username="admin",
        username_key="admin",
        email=ADMIN_EMAIL,
        email_key=ADMIN_EMAIL,
        first_name="Admin",
        last_name="",
        role=Role.ADMIN.value,
        locale="en",
        zone="UTC",
        password_hash=password_hash,
        created_at=now,
        revision=1,
    )
    try:
        async with database.transaction() as session:
            await add(session, admin)
    except (EmailTaken, UsernameTaken):
        return  # another copy of this service was faster
