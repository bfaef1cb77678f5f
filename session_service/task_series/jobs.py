"""Setting the tasks of series, run by Celery's schedule. Several at once set each task once."""

from uuid import UUID

from libs import sweeps
from libs.postgres import Database
from session_service.task_series import repository, service
from session_service.task_series.schemas import SetTasks

AT_ONCE = 200


async def set_due(database: Database, _: SetTasks) -> None:
    """Sets what is due to be published, each series in a transaction of its own: whoever dies in
    the middle leaves the rest to the next round.
    """
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_due(session, now, AT_ONCE))

    async def one(series_id: UUID) -> None:
        async with database.transaction() as session:
            await service.set_due(session, series_id)

    await sweeps.each("task_series", due, one)
