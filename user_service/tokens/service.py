"""Personal access tokens: made once, exchanged often, revoked at once (U18).

A token itself opens nothing: it is exchanged for an access token of ten minutes with its scopes,
so that all services check one kind of token, and none asks us. A revoked one is refused here from
then on, and its access tokens everywhere within seconds, as those of an ended login.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import AccountBlocked, Principal, Role
from libs.errors import FieldProblem, Invalid
from libs.ids import new_id
from libs.limits import Limits
from libs.pagination import PageRequest, cut
from libs.postgres import Database
from user_service.accounts.models import Account
from user_service.accounts.service import reader
from user_service.audit import service as audit
from user_service.codes.service import keyed
from user_service.factors import step_ups
from user_service.factors.service import is_required
from user_service.logins.tokens import Signer
from user_service.mails import service as mails
from user_service.mails.templates import Value
from user_service.proofs import service as proofs
from user_service.settings import Settings
from user_service.tokens import repository, secret
from user_service.tokens.errors import (
    ScopeRefused,
    ScopesNotForAdmins,
    TokenNotFound,
    TokenRefused,
    TooManyTokens,
)
from user_service.tokens.models import PersonalToken
from user_service.tokens.schemas import MAX_DAYS, ExchangeCreate, Exchanged, TokenCreate
from user_service.tokens.scopes import Scope, allowed, effective

MAX_TOKENS = 20
EXCHANGES_PER_MINUTE = 60


async def make(
    session: AsyncSession, settings: Settings, user: Principal, wanted: TokenCreate
) -> tuple[PersonalToken, str]:
    """Makes a token of the caller's; returns it with its secret, which is not kept.

    Raises `StepUpNeeded`, `TooManyTokens`, `ScopesNotForAdmins`, or `Invalid` for an end that is
    past or more than a year away.
    """
    by = await step_ups.enter(session, user)  # locks the account: no two count at once
    now: datetime = session.info["clock"].now()
    if not wanted.scopes <= allowed(by.account.role):
        raise ScopesNotForAdmins
    if await repository.count_living(session, user.account_id, now) >= MAX_TOKENS:
        raise TooManyTokens
    plain = secret.draw()
    token = PersonalToken(
        id=new_id(),
        account_id=user.account_id,
        name=wanted.name,
        scopes=sorted(wanted.scopes),
        secret_hmac=_hidden(settings, plain),
        last_four=plain[-4:],
        created_at=now,
        expires_at=_end(wanted, now),
    )
    await repository.add(session, token)
    await _record(session, "token.made", user, token.id, " ".join(token.scopes))
    values: dict[str, Value] = {"name": wanted.name, "at": now}
    await mails.ask(session, "token-made", reader(by.account), values, account_id=user.account_id)
    return token, plain


def _end(wanted: TokenCreate, now: datetime) -> datetime:
    if wanted.days is not None:
        return now + timedelta(days=wanted.days)
    assert wanted.expires_at is not None  # noqa: S101  (the schema has looked)
    if not now < wanted.expires_at <= now + timedelta(days=MAX_DAYS):
        wrong = FieldProblem("/expires_at", "out_of_range", "within a year from now")
        raise Invalid(fields=[wrong])
    return wanted.expires_at


async def list_page(
    session: AsyncSession, user: Principal, page: PageRequest
) -> tuple[Sequence[PersonalToken], str | None]:
    """One page of the caller's tokens, newest first, and the next cursor."""
    return cut(await repository.list_page(session, user.account_id, page), page)


async def revoke(session: AsyncSession, user: Principal, token_id: UUID) -> None:
    """Revokes a token of the caller's. Raises `TokenNotFound`."""
    now = session.info["clock"].now()
    if not await repository.revoke(session, user.account_id, token_id, now):
        raise TokenNotFound
    await _record(session, "token.revoked", user, token_id)


async def revoke_all(session: AsyncSession, account_id: UUID) -> int:
    """Revokes all tokens of an account, for whoever ends all its logins for good; returns how
    many.
    """
    return await repository.revoke_all(session, account_id, session.info["clock"].now())


async def exchange(
    database: Database, limits: Limits, signer: Signer, body: ExchangeCreate
) -> Exchanged:
    """An access token for a personal one.

    Raises `TokenRefused`, `ScopeRefused`, `AccountBlocked` or `TooMany`.
    """
    plain, now = body.subject_token.get_secret_value(), database.clock.now()
    if not secret.is_whole(plain):
        raise TokenRefused
    async with database.transaction() as session:
        found = await repository.find(session, _hidden(signer.settings, plain), now)
        if found is None:
            raise TokenRefused
        token, account = found
        await _check_owner(session, signer.settings, account)
    await limits.hit("exchange", str(token.id), EXCHANGES_PER_MINUTE, 60)
    scopes = _narrowed(effective(token.scopes, account.role), body.scope)
    async with database.transaction() as session:
        await repository.note_use(session, token.id, now)
    return await _signed(signer, account, token, scopes, now)


async def _check_owner(session: AsyncSession, settings: Settings, account: Account) -> None:
    """Refuses tokens of whoever may not use the platform as usual."""
    if account.blocked_at is not None:
        raise AccountBlocked
    if account.scopes is not None or account.erased_at is not None:
        raise TokenRefused
    if is_required(settings, account.role):
        held = await proofs.held(session, account.id)
        if not held.kinds:
            raise TokenRefused


def _narrowed(held: frozenset[Scope], wanted: str | None) -> frozenset[str]:
    """What is asked for, if the token has it. Raises `ScopeRefused`."""
    scopes = frozenset(held if wanted is None else wanted.split())
    if not scopes or not scopes <= held:
        raise ScopeRefused
    return scopes


async def _signed(
    signer: Signer, account: Account, token: PersonalToken, scopes: frozenset[str], now: datetime
) -> Exchanged:
    life = timedelta(minutes=signer.settings.access_minutes)
    ends = min(now + life, token.expires_at)
    principal = Principal(account.id, account.user_code, Role(account.role), token.id, ends, scopes)
    return Exchanged(
        access_token=await signer.keys.sign(principal, now),
        expires_in=int((ends - now).total_seconds()),
        scope=" ".join(sorted(scopes)),
    )


def _hidden(settings: Settings, plain: str) -> str:
    return keyed(settings.code_secret.get_secret_value(), "personal token", plain)


async def _record(
    session: AsyncSession, action: str, user: Principal, token_id: UUID, scopes: str | None = None
) -> None:
    details = {"token_id": str(token_id)} | ({} if scopes is None else {"scopes": scopes})
    await audit.record(
        session, action, actor_id=user.account_id, subject_id=user.account_id, **details
    )
