"""Reminding, run by Celery's schedule. Several at once remind of each thing once."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import sweeps
from libs.postgres import Database
from session_service.reminders import repository, service
from session_service.reminders.schemas import RemindOfWork

AT_ONCE = 200


async def remind(database: Database, _: RemindOfWork) -> None:
    """Reminds of what is due within a day, each task and extension in a transaction of its own:
    whoever dies in the middle leaves the rest to the next round.
    """
    now = database.clock.now()
    tasks = await database.run(lambda session: repository.list_tasks(session, now, AT_ONCE))
    await sweeps.each("reminders", tasks, _alone(database, service.remind_of_task))
    own = await database.run(lambda session: repository.list_extensions(session, now, AT_ONCE))
    await sweeps.each("own_reminders", own, _alone(database, service.remind_of_extension))


def _alone(
    database: Database, step: Callable[[AsyncSession, UUID], Awaitable[None]]
) -> Callable[[UUID], Awaitable[None]]:
    async def one(found: UUID) -> None:
        async with database.transaction() as session:
            await step(session, found)

    return one
