"""The inbox: an event delivered again has no second effect.

The key is (consumer, event id), and the row is written in the transaction of the effect: both
happen or neither does.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.crashpoint import reach
from libs.outbox import METADATA
from libs.postgres import Database

INBOX = Table(
    "inbox",
    METADATA,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Index("ix_inbox_received_at", "received_at"),
)


async def once(session: AsyncSession, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Records events as received by `consumer` and returns those that it had not received
    before.
    """
    now = session.info["clock"].now()
    rows = [
        {"consumer": consumer, "event_id": event_id, "received_at": now}
        for event_id in dict.fromkeys(event_ids)
    ]
    statement = insert(INBOX).values(rows).on_conflict_do_nothing().returning(INBOX.c.event_id)
    new = set(await session.scalars(statement)) if rows else set()
    await reach("inbox.after_insert")
    return new


class PostgresStore:
    """A consumer's effects in PostgreSQL; see `libs.effects.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs `work(session)` in one transaction. Raises `Unavailable` when the database is
        away.
        """
        await self._database.run(work)

    async def once(self, session: Any, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
        """Records event ids as received and returns the new ones."""
        return await once(session, consumer, event_ids)
