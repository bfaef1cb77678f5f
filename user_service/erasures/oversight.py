"""What admins do about erasures: they look at them, and hold accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.pagination import PageRequest, cut
from user_service.accounts import repository as accounts
from user_service.audit import service as audit
from user_service.erasures import repository
from user_service.erasures.errors import AlreadyErased
from user_service.erasures.models import Erasure, ErasureReport, Hold
from user_service.erasures.schemas import ErasureShown, HoldReason, ReportOut
from user_service.erasures.service import LATE
from user_service.exports.schemas import SERVICES


async def hold(
    session: AsyncSession, user: Principal, account_id: UUID, reason: HoldReason, now: datetime
) -> Hold:
    """Keeps an account from being erased. Raises `AccountNotFound` or `AlreadyErased`."""
    account = await accounts.lock(session, account_id)
    if account.erased_at is not None:
        raise AlreadyErased
    made = Hold(account_id=account_id, reason=reason.value, set_by=user.account_id, set_at=now)
    await repository.save_hold(session, made)
    await _record(session, "account.held", user, account_id, reason.value)
    return made


async def release(session: AsyncSession, user: Principal, account_id: UUID) -> None:
    """Lets an account go; what is due is erased soon.

    Raises `AccountNotFound` or `HoldNotFound`.
    """
    await accounts.lock(session, account_id)
    gone = await repository.remove_hold(session, account_id)
    await _record(session, "account.released", user, account_id, gone.reason)


async def get(session: AsyncSession, erasure_id: UUID) -> ErasureShown:
    """An erasure with what the services say of it. Raises `ErasureNotFound`."""
    return (await _show(session, [await repository.get(session, erasure_id)]))[0]


async def list_page(
    session: AsyncSession, page: PageRequest, now: datetime, *, unconfirmed: bool
) -> tuple[list[ErasureShown], str | None]:
    """One page of erasures, and the next cursor; `unconfirmed`: those of more than a day ago that
    some service has not confirmed.
    """
    before = now - LATE if unconfirmed else None
    rows, cursor = cut(await repository.list_page(session, page, before), page)
    return await _show(session, rows), cursor


async def _show(session: AsyncSession, rows: list[Erasure]) -> list[ErasureShown]:
    reports = await repository.list_reports(session, [row.id for row in rows])
    return [_shown(row, [one for one in reports if one.erasure_id == row.id]) for row in rows]


def _shown(row: Erasure, reports: list[ErasureReport]) -> ErasureShown:
    confirmed = {report.service for report in reports}
    missing = [name for name in SERVICES if name not in confirmed] if row.erased_at else []
    return ErasureShown(
        id=row.id,
        account_id=row.account_id,
        requested_at=row.requested_at,
        due_at=row.due_at,
        undone_at=row.undone_at,
        erased_at=row.erased_at,
        finished_at=row.finished_at,
        missing=missing,
        reports=[ReportOut.model_validate(report) for report in reports],
    )


async def _record(
    session: AsyncSession, action: str, user: Principal, account_id: UUID, reason: str
) -> None:
    await audit.record(
        session, action, actor_id=user.account_id, subject_id=account_id, reason=reason
    )
