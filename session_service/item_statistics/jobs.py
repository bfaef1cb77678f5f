"""Counting statistics beside requests. Every job may come twice, or die anywhere."""

from functools import partial
from uuid import UUID

from libs import children, sweeps
from libs.postgres import Database
from session_service.item_statistics import repository, service
from session_service.item_statistics.schemas import ComputeStatistics, Results, SweepStatistics

CHILD = "session_service.item_statistics.child"
"""By name, not by import: numpy stays out of this process."""


async def compute(database: Database, job: ComputeStatistics) -> None:
    """Counts the statistics of one test in a child process, while no transaction is open. Raises
    `ChildFailed`; the job is then tried again.
    """
    gathered = await database.run(lambda session: service.gather(session, job.assessment_id))
    if gathered is None:
        return
    output = await children.run(CHILD, gathered.results.model_dump_json().encode())
    results = Results.model_validate_json(output)
    await database.run(lambda session: service.keep(session, job.assessment_id, gathered, results))


async def sweep(database: Database, _: SweepStatistics) -> None:
    """Asks for what is due, each in a transaction of its own."""

    async def ask(assessment_id: UUID) -> None:
        await database.run(partial(service.refresh, assessment_id=assessment_id))

    due = await database.run(lambda session: repository.list_due(session, database.clock.now()))
    await sweeps.each("item_statistics_due", due, ask)
