"""Showing again who one is, before credentials change: five minutes after a sign-in or a step-up.

Who has a second factor shows that one; the password alone would let a thief of it take the factor
away. No login that began with the password alone outlives the first factor (`service`), so a login
of an account with a factor has shown one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import LoginRevoked, Principal
from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.factors.errors import FactorNeeded, StepUpNeeded, StepUpRefused
from user_service.factors.schemas import StepUpByFactor
from user_service.logins import repository as logins
from user_service.logins import throttle
from user_service.logins.errors import LoginNotFound
from user_service.logins.models import PROOF_LASTS, Login
from user_service.proofs import challenges
from user_service.proofs import service as proofs
from user_service.proofs.challenges import Asked
from user_service.proofs.service import Held
from user_service.settings import Settings


@dataclass(frozen=True)
class Entered:
    """Who changes credentials: account and login, both locked, and the factors so far."""

    account: Account
    login: Login
    held: Held


async def enter(session: AsyncSession, user: Principal, *, fresh: bool = True) -> Entered:
    """Admits the caller to a change of credentials.

    Raises `StepUpNeeded` unless the login has shown a factor, if the account has one, and, where
    `fresh` is asked for, has begun or stepped up just now; `LoginRevoked` when it has ended.
    """
    now: datetime = session.info["clock"].now()
    account = await accounts.lock(session, user.account_id)
    login = await _login(session, user, now)
    held = await proofs.held(session, account.id)
    if (held.kinds and login.factor is None) or (fresh and not login.is_fresh(now)):
        raise StepUpNeeded
    return Entered(account, login, held)


async def enter_guarded(session: AsyncSession, user: Principal) -> None:
    """As `enter`, but for an account with a second factor only: for changes that are confirmed by
    the password, which then does not suffice. The account is locked. Raises `AccountNotFound`.
    """
    account = await accounts.lock(session, user.account_id)
    if (await proofs.held(session, account.id)).kinds:
        await enter(session, user)


async def _login(session: AsyncSession, user: Principal, now: datetime) -> Login:
    """The caller's login, locked. Raises `LoginRevoked` when it has ended since its token was
    checked.
    """
    try:
        return await logins.get_own(session, user.account_id, user.login_id, now)
    except LoginNotFound as error:
        raise LoginRevoked from error


async def ask(session: AsyncSession, settings: Settings, account_id: UUID) -> tuple[Asked, Held]:
    """A challenge for a step-up."""
    secret = settings.code_secret.get_secret_value()
    asked = await challenges.ask(session, secret, "step_up", account_id)
    return asked, await proofs.held(session, account_id)


async def by_factor(
    database: Database, limits: Limits, settings: Settings, user: Principal, body: StepUpByFactor
) -> datetime:
    """Steps up by a factor; returns until when. Raises `ChallengeRefused`, `FactorRefused` or
    `TooManyFactorTries`.
    """
    secret = settings.code_secret.get_secret_value()
    challenge = await challenges.count_try(
        database, secret, "step_up", body.challenge, user.account_id
    )
    await proofs.throttle(database, limits, user.account_id, body.proof)
    async with database.transaction() as session:
        now: datetime = session.info["clock"].now()
        await accounts.lock(session, user.account_id)
        login = await _login(session, user, now)
        await challenges.use(session, challenge)
        login.factor = await proofs.prove(
            session, settings, user.account_id, body.proof, body.challenge
        )
        login.proved_at = now
    await proofs.forgive(limits, user.account_id)
    return now + PROOF_LASTS


async def by_password(
    database: Database, limits: Limits, passwords: Passwords, user: Principal, password: str
) -> datetime:
    """Steps up by the password; returns until when. Raises `StepUpRefused`, `FactorNeeded` or
    `TooManyTries`.
    """
    await throttle.admit_owner(limits, user.account_id, database.clock.now())
    async with database.transaction() as session:
        encoded = (await accounts.get(session, user.account_id)).password_hash
    if not await passwords.verify(encoded, password):
        raise StepUpRefused
    async with database.transaction() as session:
        now: datetime = session.info["clock"].now()
        account = await accounts.lock(session, user.account_id)
        if account.password_hash != encoded:
            raise StepUpRefused  # it was changed while this one was checked
        if (await proofs.held(session, account.id)).kinds:
            raise FactorNeeded
        login = await _login(session, user, now)
        login.proved_at = now
    await throttle.forgive_owner(limits, user.account_id)
    return now + PROOF_LASTS
