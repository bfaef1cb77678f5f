"""Publishing what is due, run by Celery's schedule. Several at once publish each thing once."""

from libs.postgres import Database
from session_service.materials import repository, service
from session_service.materials.schemas import PublishDue

AT_ONCE = 200


async def publish_due(database: Database, _: PublishDue) -> None:
    """Publishes what is due, each in a transaction of its own."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_due(session, now, AT_ONCE))
    for material_id in due:
        async with database.transaction() as session:
            await service.publish_due(session, material_id)
