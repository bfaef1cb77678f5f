"""Adding, removing and resetting second factors; what follows from it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.ids import new_id
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.factors import step_ups
from user_service.factors.errors import (
    EnrolmentNotFound,
    FactorNotFound,
    LastFactorKept,
    TooManyPasskeys,
    TotpKnown,
)
from user_service.factors.schemas import PasskeyCreate, TotpBegun
from user_service.factors.step_ups import Entered
from user_service.logins.service import end_all
from user_service.mails import service as mails
from user_service.proofs import challenges, passkeys, repository, totp
from user_service.proofs import service as proofs
from user_service.proofs.challenges import Asked
from user_service.proofs.models import Passkey, Totp
from user_service.proofs.schemas import Kind
from user_service.settings import Settings

TOTP_WAITS = timedelta(minutes=15)
"""How long a new secret waits for its first code."""
MAX_PASSKEYS = 10


def is_required(settings: Settings, role: str) -> bool:
    """Whether accounts of a role must have a second factor."""
    return settings.admin_second_factor and role == Role.ADMIN


async def begin_totp(session: AsyncSession, settings: Settings, user: Principal) -> TotpBegun:
    """Draws a secret for an authenticator app, in place of one that was never confirmed. Raises
    `StepUpNeeded` or `TotpKnown`.
    """
    by = await step_ups.enter(session, user)
    if by.held.totp is not None:
        raise TotpKnown
    secret = totp.draw()
    await repository.remove_totp(session, user.account_id)
    row = Totp(
        account_id=user.account_id,
        sealed_secret=totp.sealed(settings.key_secret.get_secret_value(), secret),
        last_step=0,
        created_at=session.info["clock"].now(),
    )
    await repository.add(session, row)
    return TotpBegun(secret=secret, uri=totp.uri(secret, by.account.username))


async def confirm_totp(
    session: AsyncSession, settings: Settings, user: Principal, code: str
) -> list[str] | None:
    """Lets an authenticator app count once it has shown a right code; returns recovery codes with
    the first factor. Raises `EnrolmentNotFound`, `FactorRefused` or `StepUpNeeded`.
    """
    by = await step_ups.enter(session, user, fresh=False)
    now = session.info["clock"].now()
    waiting = await repository.find_totp(session, user.account_id)
    if waiting is None or by.held.totp is not None or now - waiting.created_at >= TOTP_WAITS:
        raise EnrolmentNotFound
    await proofs.use_totp(session, settings, waiting, code)
    waiting.confirmed_at = now
    return await _added(session, settings, by, "totp")


async def begin_passkey(
    session: AsyncSession, settings: Settings, user: Principal
) -> tuple[Asked, dict[str, Any]]:
    """A challenge for a new passkey, and what the browser needs. Raises `StepUpNeeded` or
    `TooManyPasskeys`.
    """
    by = await step_ups.enter(session, user)
    if len(by.held.passkeys) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    secret = settings.code_secret.get_secret_value()
    asked = await challenges.ask(session, secret, "registration", user.account_id)
    options = passkeys.registration_options(settings, by.account, by.held.passkeys, asked.token)
    return asked, options


async def add_passkey(
    database: Database, settings: Settings, user: Principal, body: PasskeyCreate
) -> tuple[Passkey, list[str] | None]:
    """Adds a passkey that a browser made; returns recovery codes with the first factor. Raises
    `ChallengeRefused`, `FactorRefused`, `PasskeyKnown`, `TooManyPasskeys` or `StepUpNeeded`.
    """
    secret = settings.code_secret.get_secret_value()
    challenge = await challenges.count_try(
        database, secret, "registration", body.challenge, user.account_id
    )
    found = passkeys.check_registration(settings, body.challenge, body.credential)
    async with database.transaction() as session:
        by = await step_ups.enter(session, user, fresh=False)
        if len(by.held.passkeys) >= MAX_PASSKEYS:
            raise TooManyPasskeys
        await challenges.use(session, challenge)
        passkey = Passkey(
            id=new_id(),
            account_id=user.account_id,
            name=body.name,
            credential_id=found.credential_id,
            public_key=found.public_key,
            sign_count=found.sign_count,
            transports=passkeys.known_transports(body.credential.response.transports),
            backed_up=found.backed_up,
            created_at=session.info["clock"].now(),
        )
        await repository.add_passkey(session, passkey)
        codes = await _added(session, settings, by, "passkey")
    return passkey, codes


async def _added(
    session: AsyncSession, settings: Settings, by: Entered, kind: Kind
) -> list[str] | None:
    """What follows from a new factor. The login that added it has shown it; with the first one all
    others end, since they began with the password alone.
    """
    now = session.info["clock"].now()
    by.login.factor, by.login.proved_at = kind, now
    await _tell(session, by.account, "factor-added", "factor.added", kind)
    if by.held.kinds:
        return None
    await end_all(session, by.account.id, now, but=by.login.id)
    return await proofs.renew_recovery_codes(session, settings, by.account.id)


async def remove_totp(session: AsyncSession, settings: Settings, user: Principal) -> None:
    """Removes the authenticator app and ends all other logins. Raises `FactorNotFound`,
    `LastFactorKept` or `StepUpNeeded`.
    """
    by = await step_ups.enter(session, user)
    if by.held.totp is None:
        raise FactorNotFound
    await repository.remove_totp(session, user.account_id)
    await _removed(session, settings, by, "totp")


async def remove_passkey(
    session: AsyncSession, settings: Settings, user: Principal, passkey_id: UUID
) -> None:
    """Removes a passkey and ends all other logins. Raises as `remove_totp`."""
    by = await step_ups.enter(session, user)
    if not await repository.remove_passkey(session, user.account_id, passkey_id):
        raise FactorNotFound
    await _removed(session, settings, by, "passkey")


async def _removed(session: AsyncSession, settings: Settings, by: Entered, kind: Kind) -> None:
    """What follows from a factor's end."""
    if not (await proofs.held(session, by.account.id)).kinds:
        if is_required(settings, by.account.role):
            raise LastFactorKept
        await repository.remove_recovery_codes(session, by.account.id)
        by.login.factor = None
    now = session.info["clock"].now()
    await end_all(session, by.account.id, now, but=by.login.id)
    await _tell(session, by.account, "factor-removed", "factor.removed", kind)


async def renew_recovery_codes(
    session: AsyncSession, settings: Settings, user: Principal
) -> list[str]:
    """Ten new recovery codes in place of all old ones. Raises `FactorNotFound` without a factor, or
    `StepUpNeeded`.
    """
    by = await step_ups.enter(session, user)
    if not by.held.kinds:
        raise FactorNotFound
    codes = await proofs.renew_recovery_codes(session, settings, user.account_id)
    await _tell(session, by.account, "recovery-codes-renewed", "factor.recovery_codes_renewed")
    return codes


async def reset(session: AsyncSession, account_id: UUID, *, actor_id: UUID, reason: str) -> None:
    """Takes all factors and recovery codes from an account, and ends all its logins: for an admin
    whom its owner has asked. Raises `AccountNotFound`.
    """
    account = await accounts.lock(session, account_id)
    now: datetime = session.info["clock"].now()
    had_totp = await repository.remove_totp(session, account_id)
    passkeys_gone = await repository.remove_passkeys(session, account_id)
    await repository.remove_recovery_codes(session, account_id)
    await end_all(session, account_id, now)
    await audit.record(
        session,
        "factor.reset",
        actor_id=actor_id,
        subject_id=account_id,
        reason=reason,
        totp=had_totp,
        passkeys=passkeys_gone,
    )
    await mails.ask(session, "factors-reset", reader(account), {"at": now}, account_id=account_id)


async def _tell(
    session: AsyncSession, account: Account, mail: str, action: str, kind: Kind | None = None
) -> None:
    """Records an act of an account's owner, and tells them by mail."""
    details = {"kind": kind} if kind else {}
    await audit.record(session, action, actor_id=account.id, subject_id=account.id, **details)
    values = {"at": session.info["clock"].now()} | details
    await mails.ask(session, mail, reader(account), values, account_id=account.id)
