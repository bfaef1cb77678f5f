"""Signing in, refreshing, signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import AccountBlocked, Principal, Role
from libs.errors import TooMany
from libs.ids import new_id
from libs.limits import Limits
from libs.pagination import PageRequest, cut
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.accounts.schemas import AccountOut
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.codes.service import keyed
from user_service.keys.ring import KeyRing
from user_service.logins import devices, refresh, repository
from user_service.logins.devices import Device
from user_service.logins.errors import CredentialsRefused, RefreshRefused, TooManyTries
from user_service.logins.models import Login
from user_service.logins.schemas import LoginCreate, LoginOut, LoginShown, Tokens
from user_service.mails import service as mails
from user_service.mails.templates import Value
from user_service.settings import Settings

TRIES_PER_MINUTE = 5
FRESH = timedelta(days=1)
"""A first login is no news while its account is younger."""


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
            account.id,
            account.user_code,
            Role(account.role),
            login.id,
            now + lifetime,
            account.scopes,
        )
        return Tokens(
            access_token=await self.keys.sign(principal, now),
            expires_in=int(lifetime.total_seconds()),
            refresh_token=refresh.issue(self.secret, login.id, login.generation),
        )

    async def answer(self, account: Account, login: Login) -> LoginOut:
        """What the client gets of a new login."""
        tokens = await self.tokens(account, login)
        device_id = login.device_id or login.id  # a device is forgotten only after this
        return LoginOut(
            **tokens.model_dump(),
            account=AccountOut.model_validate(account),
            device_id=device_id,
            device_token=devices.issue(self.secret, account.id, device_id),
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
    database: Database, passwords: Passwords, signer: Signer, wanted: LoginCreate, network: str
) -> tuple[Account, Login]:
    """Checks a password and starts a login on a device of a (coarse) network.

    Raises `CredentialsRefused`, alike in answer and in time for unknown users and wrong passwords,
    and `AccountBlocked` only after the right password.
    """
    async with database.transaction() as session:
        account = await accounts.find_by_identifier(session, wanted.identifier)
    encoded = account.password_hash if account else None
    right = await passwords.verify(encoded, wanted.password.get_secret_value())
    if account is None or not right:
        raise CredentialsRefused
    shown = devices.read(signer.secret, wanted.device_token, account.id)
    device = Device(wanted.device, network, shown or wanted.device_id)
    async with database.transaction() as session:
        locked = await accounts.lock(session, account.id)
        if locked.password_hash != encoded:
            raise CredentialsRefused  # it was changed while this one was checked
        login = await start_login(session, signer.settings, locked, device)
    return locked, login


async def start_login(
    session: AsyncSession, settings: Settings, account: Account, device: Device
) -> Login:
    """Adds a login of an account whose row the caller has locked (`accounts.repository.lock`), so
    that a block and `end_all` are felt. The owner hears of a new device.

    Raises `AccountBlocked`. The tokens are `Signer.tokens`, after the commit.
    """
    if account.blocked_at is not None:
        raise AccountBlocked
    now: datetime = session.info["clock"].now()
    if await _is_news(session, account, device, now):
        values: dict[str, Value] = {"device": device.name, "network": device.network, "at": now}
        await mails.ask(session, "new-device", reader(account), values, account_id=account.id)
    login = Login(
        id=new_id(),
        account_id=account.id,
        device=device.name,
        device_id=device.id or new_id(),
        network=device.network,
        generation=1,
        created_at=now,
        rotated_at=now,
        expires_at=now + timedelta(days=settings.refresh_days),
    )
    await repository.add(session, login)
    return login


async def _is_news(session: AsyncSession, account: Account, device: Device, now: datetime) -> bool:
    """Whether a login is worth a mail: not that right after the sign-up."""
    if await repository.is_known(session, account.id, device):
        return False
    fresh = now - account.created_at < FRESH
    return not (fresh and not await repository.has_any(session, account.id))


async def renew(database: Database, signer: Signer, token: str) -> Tokens:
    """Exchanges the newest refresh token for the next pair (RFC 9700, section 4.14.2).

    Raises `RefreshRefused`; reuse of a retired token ends the login and tells its owner, and that
    survives the refusal.
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
            await _end_reused(session, account, login, now)
    if not good or account.blocked_at is not None:
        raise RefreshRefused
    return await signer.tokens(account, login)


async def _end_reused(session: AsyncSession, account: Account, login: Login, now: datetime) -> None:
    await _end(session, login, now)
    await audit.record(
        session, "login.reused", actor_id=None, subject_id=account.id, login_id=str(login.id)
    )
    values: dict[str, Value] = {"device": login.device, "at": now}
    await mails.ask(session, "refresh-reused", reader(account), values, account_id=account.id)


async def sign_out(database: Database, login_id: UUID) -> None:
    """Ends a login; within seconds no service takes its access tokens any more."""
    async with database.transaction() as session:
        await repository.revoke(session, login_id, database.clock.now())


async def end_one(session: AsyncSession, user: Principal, login_id: UUID, now: datetime) -> None:
    """Ends a login of the caller's, and forgets its device. Raises `LoginNotFound`."""
    login = await repository.get_own(session, user.account_id, login_id, now)
    await _end(session, login, now)
    await audit.record(
        session,
        "login.ended",
        actor_id=user.account_id,
        subject_id=user.account_id,
        login_id=str(login_id),
    )


async def end_others(session: AsyncSession, user: Principal, now: datetime) -> None:
    """Ends all of the caller's logins but the present one."""
    count = await end_all(session, user.account_id, now, but=user.login_id)
    await audit.record(
        session,
        "login.others_ended",
        actor_id=user.account_id,
        subject_id=user.account_id,
        count=count,
    )


async def end_all(
    session: AsyncSession, account_id: UUID, now: datetime, *, but: UUID | None = None
) -> int:
    """Ends all logins of an account, or all but one, in the caller's transaction; returns how many.

    Within seconds no service takes their access tokens, and their devices are known no more. The
    account's row is locked, so that a login which is just being started is ended or has yet to look
    at the account. Raises `AccountNotFound`.
    """
    await accounts.lock(session, account_id)
    ended = await repository.revoke_all(session, account_id, now, but)
    await repository.forget_devices(session, account_id, but=but)
    return ended


async def _end(session: AsyncSession, login: Login, now: datetime) -> None:
    await repository.revoke(session, login.id, now)
    if login.device_id is not None:
        await repository.forget_device(session, login.account_id, login.device_id)


async def list_page(
    session: AsyncSession, user: Principal, now: datetime, page: PageRequest
) -> tuple[list[LoginShown], str | None]:
    """One page of the caller's living logins, newest first, and the next cursor."""
    rows, cursor = cut(await repository.list_page(session, user.account_id, now, page), page)
    shown = [
        LoginShown(
            id=login.id,
            device=login.device,
            network=login.network,
            created_at=login.created_at,
            last_used_at=login.last_used_at,
            current=login.id == user.login_id,
        )
        for login in rows
    ]
    return shown, cursor
