"""Another address (U16): the old one and the new one each confirm by a code, and both are told."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.ids import new_id
from libs.limits import Hit, Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.service import reader, tell_changed
from user_service.audit import service as audit
from user_service.codes import service as codes
from user_service.codes.errors import CodeRefused
from user_service.codes.schemas import Purpose
from user_service.codes.service import Subject
from user_service.email_changes import repository
from user_service.email_changes.errors import EmailUnchanged
from user_service.email_changes.models import EmailChange
from user_service.email_changes.schemas import Confirmation, SendEmailChange
from user_service.invites import repository as invites
from user_service.mails import service as mails
from user_service.mails.templates import Reader
from user_service.proofs import challenges


async def ask(
    database: Database, limits: Limits, secret: str, user: Principal, email: str
) -> tuple[EmailChange, Hit]:
    """Notes that the caller wants another address, and enqueues the mails to both; an earlier wish
    counts no more. The same for an address that somebody else has: only its owner is told. Both
    codes count as any other that an address gets; the answer has the new address's count.

    Raises `EmailUnchanged`, `TooMany` or `AccountNotFound`.
    """
    async with database.transaction() as session:
        account = await accounts.get(session, user.account_id)
    if account.has_email(email):
        raise EmailUnchanged
    await codes.throttle(limits, secret, account.email)
    hit = await codes.throttle(limits, secret, email)
    async with database.transaction() as session:
        return await _note(session, user, email), hit


async def _note(session: AsyncSession, user: Principal, email: str) -> EmailChange:
    now = session.info["clock"].now()
    account = await accounts.lock(session, user.account_id)
    if account.has_email(email):
        raise EmailUnchanged
    old = Subject(account.email, Purpose.EMAIL_CHANGE_OLD, account.id, account.locale)
    new = Subject(email, Purpose.EMAIL_CHANGE_NEW, account.id, account.locale)
    change = EmailChange(
        id=new_id(),
        account_id=account.id,
        email=email,
        old_code_id=(await codes.note(session, old, now)).id,
        new_code_id=(await codes.note(session, new, now)).id,
        created_at=now,
    )
    await repository.add(session, change)
    await outbox.enqueue(session, SendEmailChange(change_id=change.id))
    return change


async def confirm(
    database: Database, secret: str, user: Principal, change_id: UUID, tried: Confirmation
) -> None:
    """Changes the caller's address once both codes are right; both addresses are told.

    Raises `EmailChangeNotFound`, `CodeRefused` without saying which of the two is wrong, or
    `EmailTaken` when another account has got the address meanwhile.
    """
    now = database.clock.now()
    async with database.transaction(independent=True) as session:
        change = await repository.get_open(session, user.account_id, change_id)
        right = [
            await codes.is_right(session, secret, change.old_code_id, tried.old_code, now),
            await codes.is_right(session, secret, change.new_code_id, tried.new_code, now),
        ]
    if not all(right):
        raise CodeRefused
    async with database.transaction() as session:
        account = await accounts.lock(session, user.account_id)
        change = await repository.get_open(session, account.id, change_id)
        await _use_codes(session, account, change)
        await _move(session, account, change)


async def _use_codes(session: AsyncSession, account: Account, change: EmailChange) -> None:
    """Raises `CodeRefused` when one is used, or when the old one went to another address."""
    now = session.info["clock"].now()
    old = await codes.use(session, change.old_code_id, now)
    await codes.use(session, change.new_code_id, now)
    if not account.has_email(old.email):
        raise CodeRefused


async def _move(session: AsyncSession, account: Account, change: EmailChange) -> None:
    now = session.info["clock"].now()
    told = [Reader(account.email, account.locale, account.zone)]
    await invites.remove_of(session, account.email_key)  # nothing finds the old address hereafter
    await accounts.set_email(session, account, change.email)
    told.append(reader(account))
    change.done_at = now
    await codes.void(session, account.id, Purpose.PASSWORD_RESET, now)
    await challenges.void(session, account.id)  # one may link whose address this was
    await tell_changed(session, account)
    await audit.record(session, "email.changed", actor_id=account.id, subject_id=account.id)
    for one in told:
        await mails.ask(session, "email-changed", one, {"at": now}, account_id=account.id)
