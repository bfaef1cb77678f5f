"""Signing in, signing out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import AccountBlocked, Principal
from libs.ids import new_id
from libs.limits import Limits
from libs.pagination import PageRequest, cut
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.google_links import service as google_links
from user_service.logins import devices, repository, throttle
from user_service.logins.devices import Device
from user_service.logins.errors import CredentialsRefused
from user_service.logins.models import Login
from user_service.logins.schemas import LoginCreate, LoginShown, SecondFactorNeeded
from user_service.logins.throttle import Attempt
from user_service.logins.tokens import Signer
from user_service.mails import service as mails
from user_service.mails.templates import Value
from user_service.proofs import challenges
from user_service.proofs import service as proofs
from user_service.proofs.schemas import Kind
from user_service.settings import Settings

LOOKS = 3
"""How often a password is compared with a hash that keeps changing."""
FRESH = timedelta(days=1)
"""A first login is no news while its account is younger."""


@dataclass(frozen=True)
class Desk:
    """What signing in needs."""

    database: Database
    passwords: Passwords
    limits: Limits
    signer: Signer


async def sign_in(
    desk: Desk, wanted: LoginCreate, device: Device, network: str
) -> tuple[Account, Login | SecondFactorNeeded]:
    """Checks a password that is tried from a `network` (as limits count it), and starts a login on
    a device, or asks for the account's second factor.

    Raises `CredentialsRefused`, alike in answer and in time for unknown users and wrong passwords,
    `AccountBlocked` only after the right password, and `TooManyTries`.
    """
    database, secret = desk.database, desk.signer.secret
    async with database.transaction() as session:
        account = await accounts.find_by_identifier(session, wanted.identifier)
        shown = await shown_device(session, secret, wanted.device_token, account)
    if shown is not None:
        device = replace(device, id=shown)
    attempt = Attempt(wanted.identifier, network, account.id if account else None, shown)
    hit = await throttle.admit(desk.limits, secret, attempt, database.clock.now())
    try:
        entered = await _enter(desk, account, wanted.password.get_secret_value(), device)
    except CredentialsRefused as error:
        raise CredentialsRefused(headers=hit.headers) from error
    await throttle.forgive(desk.limits, secret, attempt)
    return entered


async def shown_device(
    session: AsyncSession, secret: str, token: str | None, account: Account | None
) -> UUID | None:
    """The device that a token proves to be known to an account, and not forgotten since."""
    device_id = devices.read(secret, token, account.id) if account else None
    if account is None or device_id is None:
        return None
    known = await repository.is_known(session, account.id, Device("", "", device_id))
    return device_id if known else None


async def _enter(
    desk: Desk, account: Account | None, password: str, device: Device
) -> tuple[Account, Login | SecondFactorNeeded]:
    """Begins a login with the right password, whose hash is made anew if it is of old.

    Raises `CredentialsRefused`. When the stored hash changes while it is compared, the new one is
    looked at: another login may have replaced it, or its owner the password.
    """
    for _ in range(LOOKS):
        encoded = account.password_hash if account else None
        verdict = await desk.passwords.judge(encoded, password)
        if account is None or not verdict.right:
            await even_out(desk.database, desk.passwords, encoded, password)
            raise CredentialsRefused
        renewed = await desk.passwords.hash(password) if verdict.outdated else encoded
        async with desk.database.transaction() as session:
            account = await _locked(session, account.id)
            if account.password_hash == encoded:
                account.password_hash = renewed
                return account, await begin(session, desk.signer.settings, account, device)
    raise CredentialsRefused


async def even_out(
    database: Database, passwords: Passwords, encoded: str | None, password: str
) -> None:
    """Makes a refusal take as long as that of the slowest hash that any account still has."""
    async with database.transaction() as session:
        legacy = await accounts.has_legacy(session)
    if legacy:
        await passwords.even_out(encoded, password)


async def _locked(session: AsyncSession, account_id: UUID) -> Account:
    try:
        return await accounts.lock(session, account_id)
    except AccountNotFound as error:
        raise CredentialsRefused from error  # erased meanwhile


async def begin(
    session: AsyncSession,
    settings: Settings,
    account: Account,
    device: Device,
    *,
    google_subject: str | None = None,
) -> Login | SecondFactorNeeded:
    """Starts a login after one right factor, as `start_login`; or asks for the second one, if the
    account has one, by a challenge that `second_factors.finish` takes. A Google account is linked
    once the login has started, and not before. Raises `AccountBlocked` or `GoogleLinkTaken`.
    """
    held = await proofs.held(session, account.id)
    if not held.kinds:
        if google_subject is not None:
            await google_links.link(session, account, google_subject)
        return await start_login(session, settings, account, device)
    if account.blocked_at is not None:
        raise AccountBlocked
    secret = settings.code_secret.get_secret_value()
    details = device.kept() | {"google_subject": google_subject}
    asked = await challenges.ask(session, secret, "login", account.id, details)
    return SecondFactorNeeded(
        challenge=asked.token,
        expires_at=asked.expires_at,
        factors=held.kinds,
        passkey=held.options(settings, asked.token),
    )


async def start_login(
    session: AsyncSession,
    settings: Settings,
    account: Account,
    device: Device,
    factor: Kind | None = None,
) -> Login:
    """Adds a login of an account whose row the caller has locked (`accounts.repository.lock`), so
    that a block and `end_all` are felt. The owner hears of a new device. Whoever has not shown a
    second factor calls `begin`.

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
        factor=factor,
    )
    await repository.add(session, login)
    return login


async def _is_news(session: AsyncSession, account: Account, device: Device, now: datetime) -> bool:
    """Whether a login is worth a mail: not that right after the sign-up."""
    if await repository.is_known(session, account.id, device):
        return False
    fresh = now - account.created_at < FRESH
    return not (fresh and not await repository.has_any(session, account.id))


async def sign_out(database: Database, login_id: UUID) -> None:
    """Ends a login; within seconds no service takes its access tokens any more."""
    async with database.transaction() as session:
        await repository.revoke(session, login_id, database.clock.now())


async def end_one(session: AsyncSession, user: Principal, login_id: UUID, now: datetime) -> None:
    """Ends a login of the caller's, and forgets its device. Raises `LoginNotFound` or
    `AccountNotFound`.
    """
    await accounts.lock(session, user.account_id)  # first, as `end_all` does
    login = await repository.get_own(session, user.account_id, login_id, now)
    await end(session, login, now)
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

    Within seconds no service takes their access tokens, and their devices are known no more. Logins
    that wait for a second factor have to begin again. The account's row is locked, so that a login
    which is just being started is ended or has yet to look at the account.

    Raises `AccountNotFound`.
    """
    await accounts.lock(session, account_id)
    ended = await repository.revoke_all(session, account_id, now, but)
    await repository.forget_devices(session, account_id, but=but)
    await challenges.void(session, account_id)
    return ended


async def end(session: AsyncSession, login: Login, now: datetime) -> None:
    """Ends a locked login, and forgets its device."""
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
