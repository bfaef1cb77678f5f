"""Queries for erasures and holds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.erasures.errors import ErasureNotFound, HoldNotFound
from user_service.erasures.models import Erasure, ErasureReport, Hold

BATCH = 50
WAITING = Erasure.undone_at.is_(None) & Erasure.erased_at.is_(None)
UNCONFIRMED = Erasure.erased_at.is_not(None) & Erasure.finished_at.is_(None)


async def add(session: AsyncSession, row: Erasure | ErasureReport) -> None:
    """Adds a row."""
    session.add(row)
    await session.flush()


async def find_waiting(session: AsyncSession, account_id: UUID) -> Erasure | None:
    """The erasure that an account waits for; the caller has locked the account."""
    return await session.scalar(select(Erasure).where(Erasure.account_id == account_id, WAITING))


async def get(session: AsyncSession, erasure_id: UUID) -> Erasure:
    """An erasure by id. Raises `ErasureNotFound`."""
    found = await session.get(Erasure, erasure_id)
    if found is None:
        raise ErasureNotFound
    return found


async def lock(session: AsyncSession, erasure_id: UUID) -> Erasure | None:
    """An erasure by id, locked."""
    return await session.get(Erasure, erasure_id, with_for_update=True, populate_existing=True)


async def list_due(
    session: AsyncSession, before: datetime, *, reminded: bool
) -> Sequence[tuple[UUID, UUID]]:
    """(id, account) of erasures that wait and are due by an instant and not held, oldest first;
    with `reminded` false those of which nobody was reminded.
    """
    held = select(Hold.account_id)
    statement = select(Erasure.id, Erasure.account_id).where(
        WAITING, Erasure.due_at <= before, Erasure.account_id.not_in(held)
    )
    if not reminded:
        statement = statement.where(Erasure.reminded_at.is_(None))
    rows = await session.execute(statement.order_by(Erasure.due_at).limit(BATCH))
    return [(erasure_id, account_id) for erasure_id, account_id in rows]


async def list_unconfirmed(session: AsyncSession, sent_before: datetime) -> Sequence[UUID]:
    """Erasures that some service has not confirmed, told before an instant, oldest first."""
    statement = (
        select(Erasure.id)
        .where(UNCONFIRMED, Erasure.sent_at <= sent_before)
        .order_by(Erasure.sent_at)
        .limit(BATCH)
    )
    return (await session.scalars(statement)).all()


async def count_unconfirmed(session: AsyncSession, erased_before: datetime) -> int:
    """How many erasures of before an instant some service has not confirmed."""
    statement = select(func.count()).where(UNCONFIRMED, Erasure.erased_at <= erased_before)
    return await session.scalar(statement) or 0


async def list_page(
    session: AsyncSession, page: PageRequest, erased_before: datetime | None
) -> Sequence[Erasure]:
    """Erasures, newest first: all, or those of before an instant that are not confirmed."""
    statement = select(Erasure)
    if erased_before is not None:
        unconfirmed: ColumnElement[bool] = UNCONFIRMED & (Erasure.erased_at <= erased_before)
        statement = statement.where(unconfirmed)
    return (await session.scalars(newest_first(statement, Erasure.id, page))).all()


async def list_reports(
    session: AsyncSession, erasure_ids: Sequence[UUID]
) -> Sequence[ErasureReport]:
    """What services have confirmed, by service."""
    statement = select(ErasureReport).where(ErasureReport.erasure_id.in_(erasure_ids))
    return (await session.scalars(statement.order_by(ErasureReport.service))).all()


async def add_report(session: AsyncSession, report: ErasureReport) -> None:
    """Adds a confirmation; the first of a service stands: it met what there was."""
    names = ("erasure_id", "service", "counts", "confirmed_at")
    values = {name: getattr(report, name) for name in names}
    await session.execute(insert(ErasureReport).values(values).on_conflict_do_nothing())


async def find_hold(session: AsyncSession, account_id: UUID) -> Hold | None:
    """What stands against an account's erasure."""
    return await session.get(Hold, account_id)


async def save_hold(session: AsyncSession, hold: Hold) -> None:
    """Holds an account, or gives another reason."""
    await session.merge(hold)
    await session.flush()


async def remove_hold(session: AsyncSession, account_id: UUID) -> Hold:
    """Lets an account go. Raises `HoldNotFound`."""
    found = await find_hold(session, account_id)
    if found is None:
        raise HoldNotFound
    await session.delete(found)
    await session.flush()
    return found
