"""Drawing beside requests. Every job may come twice, or die anywhere."""

from libs import children
from libs.postgres import Database
from session_service.charts import service
from session_service.charts.schemas import DrawChart

CHILD = "session_service.charts.child"
"""By name, not by import: matplotlib stays out of this process."""


async def draw(database: Database, job: DrawChart) -> None:
    """Draws a picture in a child process, while no transaction is open, if its facts have changed.
    Raises `ChildFailed`; the job is then tried again.
    """
    gathered = await database.run(lambda session: service.gather(session, job))
    if gathered is None or gathered.digest == gathered.chart.digest:
        return
    svg = await children.run(CHILD, gathered.facts.model_dump_json().encode())
    await database.run(lambda session: service.keep(session, gathered, svg.decode()))
