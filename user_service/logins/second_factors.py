"""Signing in with a second factor, or with a passkey that stands for both."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.google_links import service as google_links
from user_service.logins.devices import Device
from user_service.logins.models import Login
from user_service.logins.schemas import LoginProof, PasskeyAsked, PasskeyLogin
from user_service.logins.service import shown_device, start_login
from user_service.mails import repository as outgoing
from user_service.mails import service as mails
from user_service.mails.templates import Value
from user_service.proofs import challenges, passkeys
from user_service.proofs import service as proofs
from user_service.proofs.errors import ChallengeRefused, FactorRefused
from user_service.proofs.models import Challenge
from user_service.proofs.passkeys import Answer
from user_service.settings import Settings

TOLD_EVERY = timedelta(hours=1)


async def finish(
    database: Database, limits: Limits, settings: Settings, body: LoginProof
) -> tuple[Account, Login]:
    """Starts the login whose challenge is answered by a right second factor. The owner hears of a
    wrong one, since somebody knows the password.

    Raises `ChallengeRefused`, `FactorRefused`, `TooManyFactorTries`, `AccountBlocked` or
    `GoogleLinkTaken`.
    """
    secret = settings.code_secret.get_secret_value()
    challenge = await challenges.count_try(database, secret, "login", body.challenge)
    if challenge.account_id is None:
        raise ChallengeRefused
    await proofs.throttle(database, limits, challenge.account_id, body.proof)
    try:
        async with database.transaction() as session:
            account = await accounts.lock(session, challenge.account_id)
            login = await _start(session, settings, account, challenge, body)
    except FactorRefused:
        async with database.transaction(independent=True) as session:
            await _tell_guessed(session, challenge.account_id, Device.of(challenge.details))
        raise
    await proofs.forgive(limits, account.id)
    return account, login


async def _start(
    session: AsyncSession,
    settings: Settings,
    account: Account,
    challenge: Challenge,
    body: LoginProof,
) -> Login:
    await challenges.use(session, challenge)
    kind = await proofs.prove(session, settings, account.id, body.proof, body.challenge)
    if (subject := challenge.details.get("google_subject")) is not None:
        await google_links.link(session, account, subject)
    return await start_login(session, settings, account, Device.of(challenge.details), kind)


async def _tell_guessed(session: AsyncSession, account_id: UUID, device: Device) -> None:
    """Tells an account's owner of a wrong second factor, once an hour at most."""
    account = await accounts.lock(session, account_id)  # so that of many at once one tells
    now: datetime = session.info["clock"].now()
    if await outgoing.has_since(session, account_id, "factor-guessed", now - TOLD_EVERY):
        return
    values: dict[str, Value] = {"device": device.name, "network": device.network, "at": now}
    await mails.ask(session, "factor-guessed", reader(account), values, account_id=account_id)


async def ask_passkey(session: AsyncSession, settings: Settings) -> PasskeyAsked:
    """A challenge that any account's passkey may answer."""
    secret = settings.code_secret.get_secret_value()
    asked = await challenges.ask(session, secret, "passkey_login", None)
    options = passkeys.request_options(settings, (), asked.token, passwordless=True)
    return PasskeyAsked(challenge=asked.token, expires_at=asked.expires_at, options=options)


async def by_passkey(
    database: Database, settings: Settings, body: PasskeyLogin, network: str
) -> tuple[Account, Login]:
    """Starts a login of whosever the passkey is, on a device of a (coarse) network. The
    authenticator must have verified its user, which makes it two factors.

    Raises `ChallengeRefused`, `FactorRefused` or `AccountBlocked`.
    """
    secret = settings.code_secret.get_secret_value()
    challenge = await challenges.count_try(database, secret, "passkey_login", body.challenge)
    async with database.transaction() as session:
        owner = await proofs.owner_of(session, body.credential)
        account = await accounts.lock(session, owner)
        await challenges.use(session, challenge)
        answer = Answer(body.credential, body.challenge, passwordless=True)
        await proofs.prove_passkey(session, settings, owner, answer)
        key = settings.key_secret.get_secret_value()
        shown = await shown_device(session, key, body.device_token, account)
        device = Device(body.device, network, shown or body.device_id)
        login = await start_login(session, settings, account, device, "passkey")
    return account, login
