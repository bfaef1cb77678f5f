"""Jobs of assessments."""

from functools import partial
from uuid import UUID

from libs import sweeps
from libs.postgres import Database
from session_service.assessments import repository, service
from session_service.assessments.schemas import CloseDue


async def close_due(database: Database, _: CloseDue) -> None:
    """Ends all assessments whose windows have closed, each in a transaction of its own."""

    async def close(assessment_id: UUID) -> None:
        await database.run(partial(service.close_due, assessment_id=assessment_id))

    due = await database.run(lambda session: repository.list_due(session, database.clock.now()))
    await sweeps.each("assessments_due", due, close)
