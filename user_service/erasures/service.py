"""The rules of erasures: two weeks to change one's mind, then gone in all services (U15, U-A9)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox, personal_rows
from libs.auth import Principal, Role
from libs.events.privacy import ErasureConfirmed
from libs.events.user import AccountErased, ErasureScheduled, ErasureUndone
from libs.ids import new_id
from libs.limits import Limits
from libs.postgres import Database
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.accounts.service import reader
from user_service.admin import service as admin
from user_service.audit import service as audit
from user_service.erasures import repository
from user_service.erasures.errors import ErasureHeld, ErasureNotScheduled, PasswordWrong
from user_service.erasures.models import Erasure, ErasureReport
from user_service.erasures.schemas import ErasureOut, HoldReason
from user_service.exports import service as exports
from user_service.exports.schemas import OWN, SERVICES
from user_service.factors import step_ups
from user_service.logins import service as logins
from user_service.logins import throttle
from user_service.mails import service as mails
from user_service.pictures import service as pictures
from user_service.privacy.data_map import STORES
from user_service.tokens import service as tokens

UNDO = timedelta(days=14)
REMINDED = timedelta(days=3)
"""How long before the end people are reminded."""
ASK_AGAIN = timedelta(hours=1)
"""How long after it was told a service that has not confirmed is told again."""
LATE = timedelta(hours=24)
"""What some service has not confirmed by then admins see, and operators by the metric."""

logger = log.get(__name__)


async def schedule(
    database: Database, limits: Limits, passwords: Passwords, user: Principal, password: str
) -> ErasureOut:
    """Schedules the erasure of the caller's account, and ends all its logins; whoever signs in from
    now on can only undo it, and fetch an export. Asked again, nothing changes.

    Raises `PasswordWrong`, `TooManyTries`, `ErasureHeld`, `LastAdmin`, and where the account has a
    second factor as `step_ups.enter`.
    """
    await throttle.admit_owner(limits, user.account_id, database.clock.now())
    async with database.transaction() as session:
        encoded = (await accounts.get(session, user.account_id)).password_hash
    if not await passwords.verify(encoded, password):
        raise PasswordWrong
    await throttle.forgive_owner(limits, user.account_id)
    async with database.transaction() as session:
        account = await accounts.lock(session, user.account_id)
        if account.password_hash != encoded:
            raise PasswordWrong  # it was changed while this one was checked
        await step_ups.enter_guarded(session, user)
        hold = await repository.find_hold(session, account.id)
        if hold is not None:
            raise ErasureHeld(hold.reason)
        erasure = await repository.find_waiting(session, account.id)
        if erasure is None:
            if account.role == Role.ADMIN:
                await admin.check_admin_remains(session, account.id)
            erasure = await _schedule(session, account)
    return ErasureOut.model_validate(erasure)


async def _schedule(session: AsyncSession, account: Account) -> Erasure:
    now: datetime = session.info["clock"].now()
    erasure = Erasure(id=new_id(), account_id=account.id, requested_at=now, due_at=now + UNDO)
    await repository.add(session, erasure)
    account.erasure_due_at = erasure.due_at
    account.revision += 1
    await logins.end_all(session, account.id, now)
    await tokens.revoke_all(session, account.id)
    event = ErasureScheduled(
        account_id=account.id, due_at=erasure.due_at, revision=account.revision
    )
    await outbox.publish(session, event)
    values = {"due": erasure.due_at}
    await mails.ask(session, "erasure-scheduled", reader(account), values, account_id=account.id)
    await _record(session, "account.erasure_scheduled", account.id, account.id, erasure)
    return erasure


async def undo(session: AsyncSession, user: Principal) -> None:
    """Lets the caller's account live on. Raises `ErasureNotScheduled`."""
    account = await accounts.lock(session, user.account_id)
    erasure = await repository.find_waiting(session, account.id)
    if erasure is None:
        raise ErasureNotScheduled
    erasure.undone_at = session.info["clock"].now()
    account.erasure_due_at = None
    account.revision += 1
    event = ErasureUndone(account_id=account.id, revision=account.revision)
    await outbox.publish(session, event)
    await mails.ask(session, "erasure-undone", reader(account), account_id=account.id)
    await _record(session, "account.erasure_undone", account.id, account.id, erasure)


async def get_waiting(session: AsyncSession, account_id: UUID) -> ErasureOut:
    """The erasure that an account waits for. Raises `ErasureNotScheduled`."""
    erasure = await repository.find_waiting(session, account_id)
    if erasure is None:
        raise ErasureNotScheduled
    hold = await repository.find_hold(session, account_id)
    shown = ErasureOut.model_validate(erasure)
    return shown.model_copy(update={"held": HoldReason(hold.reason) if hold else None})


async def remind(session: AsyncSession, erasure_id: UUID, account_id: UUID) -> None:
    """Says once that the account is about to go."""
    account = await accounts.lock(session, account_id)
    erasure = await repository.lock(session, erasure_id)
    if erasure is None or not _waits(erasure) or erasure.reminded_at is not None:
        return
    erasure.reminded_at = session.info["clock"].now()
    values = {"due": erasure.due_at}
    await mails.ask(session, "erasure-soon", reader(account), values, account_id=account.id)


async def carry_out(session: AsyncSession, erasure_id: UUID, account_id: UUID) -> None:
    """Erases what this service holds, in one transaction, and tells the others.

    Does nothing when the erasure was undone, done or held meanwhile: all of that locks the account.
    """
    account = await accounts.lock(session, account_id)
    erasure = await repository.lock(session, erasure_id)
    if erasure is None or not _waits(erasure):
        return
    if await repository.find_hold(session, account_id) is not None:
        return
    now: datetime = session.info["clock"].now()
    farewell = reader(account)
    await logins.end_all(session, account_id, now)
    await exports.drop_all(session, account_id)
    await pictures.drop_all(session, account_id)
    counts = await personal_rows.erase(session, STORES, account_id)
    account = await accounts.lock(session, account_id)
    account.erasure_due_at, account.erased_at = None, now
    account.revision += 1
    erasure.erased_at = now
    await _tell(session, account, erasure, now)
    report = ErasureReport(erasure_id=erasure.id, service=OWN, counts=counts, confirmed_at=now)
    await repository.add_report(session, report)
    await mails.ask(session, "erased", farewell)
    await _record(session, "account.erased", None, account_id, erasure)


async def tell_again(session: AsyncSession, erasure_id: UUID) -> None:
    """Tells the services once more of an erasure that some have not confirmed."""
    erasure = await repository.lock(session, erasure_id)
    if erasure is None or erasure.erased_at is None or erasure.finished_at is not None:
        return
    account = await accounts.lock(session, erasure.account_id)
    await _tell(session, account, erasure, session.info["clock"].now())
    logger.warning("erasure_unconfirmed", erasure_id=str(erasure.id))


async def confirm(session: AsyncSession, event: ErasureConfirmed) -> None:
    """Notes what a service has erased; the last one finishes the erasure."""
    erasure = await repository.lock(session, event.erasure_id)
    if erasure is None or erasure.erased_at is None or event.service not in SERVICES:
        logger.error("confirmation_unexpected", erasure_id=str(event.erasure_id))
        return
    now: datetime = session.info["clock"].now()
    report = ErasureReport(
        erasure_id=erasure.id, service=event.service, counts=event.counts, confirmed_at=now
    )
    await repository.add_report(session, report)
    reports = await repository.list_reports(session, [erasure.id])
    if erasure.finished_at is None and len(reports) == len(SERVICES):
        erasure.finished_at = now


def _waits(erasure: Erasure) -> bool:
    return erasure.undone_at is None and erasure.erased_at is None


async def _tell(session: AsyncSession, account: Account, erasure: Erasure, now: datetime) -> None:
    erasure.sent_at = now
    event = AccountErased(
        account_id=account.id,
        erasure_id=erasure.id,
        user_code=account.user_code,
        revision=account.revision,
    )
    await outbox.publish(session, event)


async def _record(
    session: AsyncSession, action: str, actor_id: UUID | None, subject_id: UUID, erasure: Erasure
) -> None:
    await audit.record(
        session, action, actor_id=actor_id, subject_id=subject_id, erasure_id=str(erasure.id)
    )
