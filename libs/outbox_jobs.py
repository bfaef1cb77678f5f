"""What a worker says of a job to the PostgreSQL outbox: begun, done, failed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TRIES = """
SELECT greatest(attempts, 1) FROM outbox WHERE id = :id AND closed_at IS NULL FOR UPDATE
"""
"""A job that fails before the relay has marked it has been tried once all the same."""
BEGIN = """
UPDATE outbox SET begun_at = :now WHERE id = :id AND closed_at IS NULL AND dead_at IS NULL
RETURNING id
"""
DIE = "UPDATE outbox SET dead_at = :now, error = :error WHERE id = :id"
POSTPONE = """
UPDATE outbox SET sent_at = NULL, begun_at = NULL, due_at = :due, attempts = :tries, error = :error
WHERE id = :id
"""


async def begin_job(session: AsyncSession, job_id: UUID) -> bool:
    """Notes that a worker begins with a job. Returns whether there is still anything to do."""
    statement = text(BEGIN).bindparams(now=session.info["clock"].now(), id=job_id)
    return await session.scalar(statement) is not None


async def close_job(session: AsyncSession, job_id: UUID) -> None:
    """Closes a job's row: it is done and will not be sent again."""
    await session.execute(
        text(
            "UPDATE outbox SET closed_at = :now, sent_at = coalesce(sent_at, :now) WHERE id = :id"
        ),
        {"now": session.info["clock"].now(), "id": job_id},
    )


async def postpone_job(
    session: AsyncSession, job_id: UUID, delays: Sequence[float], error: str
) -> bool:
    """Puts a failed job back, due after the delay (seconds) of its number of tries; after the last
    one it is dead.

    Returns whether it will be tried again. `error` is the failure's name, never its text.
    """
    now, tries = session.info["clock"].now(), await session.scalar(text(TRIES), {"id": job_id})
    if tries is None:
        return False
    if tries > len(delays):
        await session.execute(text(DIE), {"id": job_id, "error": error, "now": now})
        return False
    due = now + timedelta(seconds=delays[tries - 1])
    values = {"id": job_id, "error": error, "due": due, "tries": tries}
    await session.execute(text(POSTPONE), values)
    return True
