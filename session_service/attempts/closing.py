"""What the clock does to attempts (S17): ends them at their deadlines, and marks what is over.

Each step is a transaction of its own and is found again by the next round: whoever dies in between,
nothing that was acknowledged is lost, and nothing is marked twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, sweeps
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.postgres import Database
from session_service.attempts import deadlines, repository, scoring, telling
from session_service.attempts.models import Attempt
from session_service.attempts.repository import Place
from session_service.marks.trail import Act

EVERY = 1.0
"""Seconds between two rounds: an attempt is closed within five of its deadline."""
Step = Callable[[AsyncSession, UUID], Awaitable[None]]

logger = log.get(__name__)


async def keep(database: Database) -> None:
    """Goes through what is due each second, for ever; one round that fails is not the last. Marking
    a storm of submissions takes its time: no deadline waits for it.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep(database, close_due))
        group.create_task(_keep(database, mark_over))


async def _keep(database: Database, work: Callable[[Database], Awaitable[None]]) -> None:
    while True:
        try:
            await work(database)
        except Unavailable:
            logger.warning("attempts_put_off", exc_info=True)
        except Exception:
            logger.exception("attempts_failed")
        await asyncio.sleep(EVERY)


async def sweep(database: Database) -> None:
    """Ends and marks all that is due by now."""
    await close_due(database)
    await mark_over(database)


async def close_due(database: Database) -> None:
    """Ends the attempts whose deadlines have come by now."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_due(session, now))
    await _each(database, "attempts_due", due, close)


async def mark_over(database: Database) -> None:
    """Marks the attempts that are over by now."""
    now = database.clock.now()
    over = await database.run(lambda session: repository.list_unmarked(session, now))
    await _each(database, "attempts_over", over, mark)


async def _each(database: Database, name: str, found: Sequence[UUID], step: Step) -> None:
    async def alone(attempt_id: UUID) -> None:
        await reach("attempts.before_step")
        await database.run(lambda session: step(session, attempt_id))
        await reach("attempts.after_step")

    await sweeps.each(name, found, alone)


async def close(session: AsyncSession, attempt_id: UUID) -> None:
    """Ends an attempt by its deadline, if it is due still and nobody else is at it."""
    now: datetime = session.info["clock"].now()
    attempt = await repository.lock_if_due(session, attempt_id, now)
    if attempt is not None:
        place = await repository.get_place(session, attempt.assessment_id)
        await expire(session, place, attempt, now)


async def expire(session: AsyncSession, place: Place, attempt: Attempt, now: datetime) -> None:
    """Ends an attempt, which is locked, if its deadline has come: also by window and grant as they
    are now, whose change may be on its way here still.
    """
    if attempt.is_due(now):
        await deadlines.follow(session, place.assessment, attempt)
    if attempt.expire(now):
        await session.flush()
        await telling.closed(session, place.study_session, attempt)


async def mark(session: AsyncSession, attempt_id: UUID) -> None:
    """Marks an attempt that is over, if nobody has done it, and makes the mark anew."""
    now: datetime = session.info["clock"].now()
    attempt = await session.get(Attempt, attempt_id)
    if attempt is None:
        return
    place = await repository.get_place(session, attempt.assessment_id, share=True)
    attempts = await repository.lock_all_of(session, attempt.assessment_id, attempt.student_id)
    if not attempt.waits_for_marking(now):
        return
    await scoring.score(session, place.assessment, attempt, now)
    await scoring.recount(session, place.assessment, attempts, Act(None, "", now))
