"""What a PostgreSQL service holds of a person, by its data map: read for exports, or erased."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import export_parts, outbox
from libs.data_map import DataMap, Fate, Held, Rule, words
from libs.events.privacy import ErasureConfirmed
from libs.export_parts import Part, Section
from libs.objects import Objects
from libs.personal_jobs import CollectJob, EraseJob
from libs.postgres import Database

CHUNK = 500

OUTBOX = Held(
    store="outbox",
    purpose="Events and jobs on their way out. Events of user_service carry names and addresses.",
    retention="Three days after they were sent; dead jobs until they are replayed.",
    other=words(
        "seq id destination address key shard body traceparent attempts created_at due_at begun_at "
        "sent_at closed_at dead_at error"
    ),
)
INBOX = Held(
    store="inbox",
    purpose="Which events have been handled.",
    retention="Seven days.",
    other=words("consumer event_id received_at"),
)
IDEMPOTENCY_KEYS = Held(
    store="idempotency_keys",
    purpose="Answers to requests that may be repeated.",
    retention="25 hours.",
    personal=words("body"),
    other=words("account_id route key fingerprint owner subject status created_at"),
    rules=(Rule("idempotency_keys", "account_id = :person"),),
    hidden={"body": "a copy of what other tables show"},
)


async def collect(
    database: Database, objects: Objects, service: str, stores: DataMap, job: CollectJob
) -> Part:
    """Writes a service's part of an export and stores it. Raises `Unavailable`."""
    with export_parts.scratch() as folder:
        async with database.transaction() as session:
            found = sections(session, stores, job.account_id)
            draft = await export_parts.write(folder, service, job, database.clock.now(), found)
        return await export_parts.store(objects, service, job, draft)


async def collect_and_tell(
    database: Database, objects: Objects, service: str, stores: DataMap, job: CollectJob
) -> None:
    """Stores a part and tells user_service. Raises `Unavailable`."""
    part = await collect(database, objects, service, stores, job)
    async with database.transaction() as session:
        await outbox.publish(session, export_parts.announce(job, service, part))


async def erase_and_confirm(
    database: Database, service: str, stores: DataMap, job: EraseJob
) -> None:
    """Erases a person and tells user_service, in one transaction."""
    async with database.transaction() as session:
        counts = await erase(session, stores, job.account_id)
        done = ErasureConfirmed(
            erasure_id=job.erasure_id, service=service, counts=counts, revision=1
        )
        await outbox.publish(session, done)


async def sections(session: AsyncSession, stores: DataMap, person: UUID) -> AsyncIterator[Section]:
    """The lists of an export, one after the other; rows are fetched in chunks."""
    for held in stores:
        for rule in held.rules:
            if rule.shown:
                yield Section(rule.name, _rows(session, held, rule, person))


async def erase(session: AsyncSession, stores: DataMap, person: UUID) -> dict[str, int]:
    """Does to a person's rows what the map says, in the caller's transaction.

    Returns how many rows each rule has met, by its name. A second time it meets what is kept or
    overwritten again, which changes nothing.
    """
    counts = {}
    for held in stores:
        for rule in held.rules:
            counts[rule.name] = await _erase(session, held, rule, person)
    return counts


async def sweep(session: AsyncSession, stores: DataMap, now: datetime) -> int:
    """Drops the rows whose time is over, as the map says; returns how many."""
    dropped = 0
    for held in stores:
        if held.swept:
            query = f'DELETE FROM "{held.store}" WHERE {held.swept}'  # noqa: S608
            result = await session.execute(text(query), {"now": now})
            dropped += int(result.rowcount)  # type: ignore[attr-defined]
    return dropped


async def _rows(
    session: AsyncSession, held: Held, rule: Rule, person: UUID
) -> AsyncIterator[dict[str, Any]]:
    columns = ", ".join(f'"{name}"' for name in rule.shown)
    query = f'SELECT {columns} FROM "{held.store}" WHERE {rule.where}'  # noqa: S608  (our own words)
    options = {"yield_per": CHUNK}
    found = await session.stream(_about(query), {"person": person}, execution_options=options)
    async for row in found:
        yield dict(row._mapping)


async def _erase(session: AsyncSession, held: Held, rule: Rule, person: UUID) -> int:
    if rule.erase is Fate.KEPT:
        query = f'SELECT count(*) FROM "{held.store}" WHERE {rule.where}'  # noqa: S608
        return int(await session.scalar(_about(query), {"person": person}) or 0)
    if isinstance(rule.erase, Fate):
        query = f'DELETE FROM "{held.store}" WHERE {rule.where}'  # noqa: S608
    else:
        changes = ", ".join(f'"{name}" = {value}' for name, value in rule.erase.items())
        query = f'UPDATE "{held.store}" SET {changes} WHERE {rule.where}'  # noqa: S608
    return int((await session.execute(_about(query), {"person": person})).rowcount)  # type: ignore[attr-defined]


def _about(query: str) -> Any:
    return text(query).bindparams(bindparam("person", type_=Uuid()))
