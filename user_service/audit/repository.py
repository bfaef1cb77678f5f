"""Queries for the audit trail."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.audit.models import AuditEntry, AuditSeal, UnsealedEntry
from user_service.audit.schemas import Filter

CHAIN_LOCK = 7_264  # an arbitrary number that no other advisory lock of the service uses


async def add(session: AsyncSession, entry: AuditEntry) -> None:
    """Adds an entry, which waits for its seal."""
    session.add_all([entry, UnsealedEntry(entry_id=entry.id)])
    await session.flush()


async def list_page(
    session: AsyncSession, wanted: Filter, page: PageRequest
) -> Sequence[AuditEntry]:
    """The entries that are asked for, newest first."""
    statement = newest_first(select(AuditEntry), AuditEntry.id, page)
    if wanted.actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject_id is not None:
        statement = statement.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action is not None:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.before is not None:
        statement = statement.where(AuditEntry.at < wanted.before)
    return (await session.scalars(statement)).all()


async def lock_chain(session: AsyncSession) -> None:
    """Lets one process at a time add to the chain, until the end of its transaction."""
    await session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))


async def find_last_seal(session: AsyncSession) -> AuditSeal | None:
    """The end of the chain."""
    return await session.scalar(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1))


async def has_sealed_code(session: AsyncSession) -> bool:
    """Whether the chain has got to entries with a code."""
    statement = (
        select(AuditSeal.seq)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditEntry.code != "")
        .limit(1)
    )
    return await session.scalar(statement) is not None


async def list_unsealed(session: AsyncSession, limit: int) -> Sequence[AuditEntry]:
    """Entries that wait for their seal, in the order of ids."""
    waiting = select(AuditEntry).join(UnsealedEntry, UnsealedEntry.entry_id == AuditEntry.id)
    return (await session.scalars(waiting.order_by(AuditEntry.id).limit(limit))).all()


async def add_seals(session: AsyncSession, seals: Sequence[AuditSeal]) -> None:
    """Adds seals; their entries wait no more."""
    if not seals:
        return
    session.add_all(seals)
    await session.flush()
    sealed = [seal.entry_id for seal in seals]
    await session.execute(delete(UnsealedEntry).where(UnsealedEntry.entry_id.in_(sealed)))


async def list_links(
    session: AsyncSession, after: int, limit: int
) -> Sequence[tuple[AuditSeal, AuditEntry | None]]:
    """Seals after a number, in order, with their entries as far as these are there."""
    rows = await session.execute(
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.seq > after)
        .order_by(AuditSeal.seq)
        .limit(limit)
    )
    return [(seal, entry) for seal, entry in rows]


async def list_waiting(session: AsyncSession) -> list[tuple[UUID, AuditEntry | None]]:
    """The ids of all entries that wait for a seal, with the entries as far as these are there."""
    rows = await session.execute(
        select(UnsealedEntry.entry_id, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == UnsealedEntry.entry_id)
        .order_by(UnsealedEntry.entry_id)
    )
    return [(entry_id, entry) for entry_id, entry in rows]


async def find_stray(session: AsyncSession) -> UUID | None:
    """An entry that has no seal and waits for none: nothing that the service does leaves one."""
    return await session.scalar(
        select(AuditEntry.id)
        .where(
            ~exists().where(AuditSeal.entry_id == AuditEntry.id),
            ~exists().where(UnsealedEntry.entry_id == AuditEntry.id),
        )
        .order_by(AuditEntry.id)
        .limit(1)
    )
