"""New passwords (U-A11): by a code's grant, or by the present password. Other logins end."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.codes import service as codes
from user_service.codes.errors import GrantRefused
from user_service.codes.models import Grant
from user_service.codes.schemas import Purpose
from user_service.factors import step_ups
from user_service.logins import service as logins
from user_service.logins import throttle
from user_service.mails import service as mails
from user_service.passwords.errors import OldPasswordWrong, PasswordMissing
from user_service.passwords.schemas import PasswordChange, PasswordReset
from user_service.proofs import service as proofs
from user_service.settings import Settings
from user_service.tokens import service as tokens

RESET = Purpose.PASSWORD_RESET


@dataclass(frozen=True)
class Desk:
    """What a new password needs."""

    database: Database
    passwords: Passwords
    limits: Limits
    settings: Settings


async def reset(desk: Desk, wanted: PasswordReset, network: str) -> None:
    """Sets a password with a grant, which is used up; all logins and tokens end. Whoever asks from
    this `network` (as limits count it) need not wait any more for wrong passwords and codes.

    Raises `GrantRefused`, also for a grant of another purpose, and when the account's address is
    not the one any more that the code went to. Raises `PasswordRefused`; then the grant stays good.
    """
    database, password = desk.database, wanted.password.get_secret_value()
    now, secret = database.clock.now(), desk.settings.code_secret.get_secret_value()
    async with database.transaction() as session:
        grant = await codes.check_grant(session, secret, wanted.grant, now, RESET)
        account = await _granted(session, grant)
    await desk.passwords.check_choice(password, account.username, account.email)
    password_hash = await desk.passwords.hash(password)
    async with database.transaction() as session:
        grant = await codes.use_grant(session, secret, wanted.grant, now, RESET)
        account = await _granted(session, grant)
        account.password_hash = password_hash
        await _follow(session, account, "password.reset")
        await tokens.revoke_all(session, account.id)  # whoever knew the old one may have made some
    key = desk.settings.key_secret.get_secret_value()
    await throttle.forgive_everywhere(desk.limits, key, network, account.email, account.username)
    await proofs.forgive(desk.limits, account.id)


async def _granted(session: AsyncSession, grant: Grant) -> Account:
    """The account that a grant was given for, locked. Raises `GrantRefused`."""
    if grant.account_id is None:
        raise GrantRefused  # the digits were guessed, of a code that went to nobody
    try:
        account = await accounts.lock(session, grant.account_id)
    except AccountNotFound as error:
        raise GrantRefused from error
    if not account.has_email(grant.email):
        raise GrantRefused
    return account


async def change(desk: Desk, user: Principal, wanted: PasswordChange) -> None:
    """Replaces the caller's password; all logins but this one end.

    Raises `OldPasswordWrong`, `TooManyTries`, `PasswordMissing`, `PasswordRefused`,
    `AccountNotFound`, `LoginRevoked`, or `StepUpNeeded` where the account has a second factor.
    """
    await throttle.admit_owner(desk.limits, user.account_id, desk.database.clock.now())
    for _ in range(logins.LOOKS):
        if await _replace(desk, user, wanted):
            return
    raise OldPasswordWrong


async def _replace(desk: Desk, user: Principal, wanted: PasswordChange) -> bool:
    """Replaces the password; false when another one was stored while the old one was compared."""
    async with desk.database.transaction() as session:
        account = await accounts.get(session, user.account_id)
    if account.password_hash is None:
        raise PasswordMissing
    old, password = wanted.old_password.get_secret_value(), wanted.password.get_secret_value()
    if not await desk.passwords.verify(account.password_hash, old):
        raise OldPasswordWrong
    await throttle.forgive_owner(desk.limits, account.id)
    await desk.passwords.check_choice(password, account.username, account.email)
    password_hash = await desk.passwords.hash(password)
    async with desk.database.transaction() as session:
        await step_ups.enter_guarded(session, user)
        locked = await accounts.lock(session, account.id)
        if locked.password_hash != account.password_hash:
            return False
        locked.password_hash = password_hash
        await _follow(session, locked, "password.changed", but=user.login_id)
    return True


async def _follow(
    session: AsyncSession, account: Account, action: str, but: UUID | None = None
) -> None:
    """What follows from a new password: other logins and open codes end, the owner is told."""
    now = session.info["clock"].now()
    await logins.end_all(session, account.id, now, but=but)
    await codes.void(session, account.id, RESET, now)
    await audit.record(session, action, actor_id=account.id, subject_id=account.id)
    await mails.ask(
        session, "password-changed", reader(account), {"at": now}, account_id=account.id
    )
