"""Refreshing: the next pair of tokens, and what follows when a retired one is used."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import AccountBlocked
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.logins import refresh, repository
from user_service.logins.errors import LoginNotFound, RefreshRefused
from user_service.logins.schemas import Tokens
from user_service.logins.service import end
from user_service.logins.tokens import Signer
from user_service.mails import service as mails
from user_service.mails.templates import Value


async def renew(database: Database, signer: Signer, token: str) -> Tokens:
    """Exchanges the newest refresh token for the next pair (RFC 9700, section 4.14.2).

    Raises `AccountBlocked` and leaves the token good, for after the block; `RefreshRefused`. Reuse
    of a retired token ends the login and tells its owner, and that survives the refusal.
    """
    login_id, generation = refresh.read(signer.secret, token)
    now = database.clock.now()
    async with database.transaction() as session:
        found = await repository.lock(session, login_id, now)
        if found is None:
            raise RefreshRefused
        login, account = found
        if account.blocked_at is not None:
            raise AccountBlocked
        good = login.rotate(generation, now)
    if not good:
        async with database.transaction() as session:
            await _end_reused(session, account.id, login_id)
        raise RefreshRefused
    return await signer.tokens(account, login, now)


async def _end_reused(session: AsyncSession, account_id: UUID, login_id: UUID) -> None:
    """Ends a login of which a retired token was used, unless it has ended meanwhile."""
    now = session.info["clock"].now()
    try:
        account = await accounts.lock(session, account_id)  # first, as `end_all` does
        login = await repository.get_own(session, account_id, login_id, now)
    except (AccountNotFound, LoginNotFound):
        return
    await end(session, login, now)
    await audit.record(
        session, "login.reused", actor_id=None, subject_id=account_id, login_id=str(login_id)
    )
    values: dict[str, Value] = {"device": login.device, "at": now}
    await mails.ask(session, "refresh-reused", reader(account), values, account_id=account_id)
