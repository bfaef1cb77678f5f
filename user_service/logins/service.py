"""Signing in, refreshing, signing out."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.auth import AccountBlocked, Principal, Role
from libs.errors import TooMany
from libs.ids import new_id
from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.codes.service import keyed
from user_service.keys.ring import KeyRing
from user_service.logins import refresh, repository
from user_service.logins.errors import CredentialsRefused, RefreshRefused, TooManyTries
from user_service.logins.models import Login
from user_service.logins.schemas import LoginCreate, Tokens
from user_service.settings import Settings

TRIES_PER_MINUTE = 5


@dataclass(frozen=True)
class Signer:
    """What makes tokens: keys, secret and lifetimes."""

    keys: KeyRing
    settings: Settings

    @property
    def secret(self) -> str:
        """The secret of refresh tokens."""
        return self.settings.key_secret.get_secret_value()

    async def tokens(self, account: Account, login: Login) -> Tokens:
        """The pair of a login's present generation."""
        now = login.rotated_at
        lifetime = timedelta(minutes=self.settings.access_minutes)
        principal = Principal(
            account.id, account.user_code, Role(account.role), login.id, now + lifetime
        )
        return Tokens(
            access_token=await self.keys.sign(principal, now),
            expires_in=int(lifetime.total_seconds()),
            refresh_token=refresh.issue(self.secret, login.id, login.generation),
        )


async def throttle(limits: Limits, secret: str, identifier: str, address: str) -> None:
    """Counts a wrong password by account and network. Raises `TooManyTries` on the sixth a
    minute.
    """
    try:
        await limits.hit("password", _who(secret, identifier, address), TRIES_PER_MINUTE, 60)
    except TooMany as error:
        raise TooManyTries(retry_after=error.retry_after, headers=error.headers) from error


async def forgive(limits: Limits, secret: str, identifier: str, address: str) -> None:
    """Forgets the tries after the right password."""
    await limits.forget("password", _who(secret, identifier, address))


def _who(secret: str, identifier: str, address: str) -> str:
    return keyed(secret, "login", identifier.strip().lower(), address)


async def sign_in(
    database: Database, passwords: Passwords, signer: Signer, wanted: LoginCreate
) -> tuple[Account, Tokens]:
    """Checks a password and starts a login.

    Raises `CredentialsRefused`, alike in answer and in time for unknown users and wrong passwords,
    and `AccountBlocked` only after the right password.
    """
    async with database.transaction() as session:
        account = await accounts.find_by_identifier(session, wanted.identifier)
    encoded = account.password_hash if account else None
    right = await passwords.verify(encoded, wanted.password.get_secret_value())
    if account is None or not right:
        raise CredentialsRefused
    if account.blocked_at is not None:
        raise AccountBlocked
    now = database.clock.now()
    login = Login(
        id=new_id(),
        account_id=account.id,
        device=wanted.device,
        generation=1,
        created_at=now,
        rotated_at=now,
        expires_at=now + timedelta(days=signer.settings.refresh_days),
    )
    async with database.transaction() as session:
        await repository.add(session, login)
    return account, await signer.tokens(account, login)


async def renew(database: Database, signer: Signer, token: str) -> Tokens:
    """Exchanges the newest refresh token for the next pair (RFC 9700, section 4.14.2).

    Raises `RefreshRefused`; reuse of a retired token ends the login, and that survives the refusal.
    """
    login_id, generation = refresh.read(signer.secret, token)
    now = database.clock.now()
    async with database.transaction() as session:
        found = await repository.lock(session, login_id, now)
        if found is None:
            raise RefreshRefused
        login, account = found
        good = login.rotate(generation, now)
        if not good:
            await repository.revoke(session, login_id, now)
    if not good or account.blocked_at is not None:
        raise RefreshRefused
    return await signer.tokens(account, login)


async def sign_out(database: Database, login_id: UUID) -> None:
    """Ends a login; within seconds no service takes its access tokens any more."""
    async with database.transaction() as session:
        await repository.revoke(session, login_id, database.clock.now())
