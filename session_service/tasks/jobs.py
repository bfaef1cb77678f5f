"""Publishing what is due, run by Celery's schedule. Several at once publish each task once."""

from uuid import UUID

from libs import sweeps
from libs.postgres import Database
from session_service.tasks import repository, service
from session_service.tasks.schemas import PublishTasks

AT_ONCE = 200


async def publish_due(database: Database, _: PublishTasks) -> None:
    """Publishes what is due, each task in a transaction of its own: whoever dies in the middle
    leaves the rest to the next round.
    """
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_due(session, now, AT_ONCE))

    async def one(task_id: UUID) -> None:
        async with database.transaction() as session:
            await service.publish_due(session, task_id)

    await sweeps.each("tasks", due, one)
