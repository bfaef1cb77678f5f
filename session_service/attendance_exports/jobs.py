"""Writing exports and taking them away. Every job may come twice, or die anywhere: a row goes only
after its object.
"""

import asyncio
import tempfile
from pathlib import Path

from libs.objects import Objects
from libs.postgres import Database
from session_service.attendance_exports import files, repository
from session_service.attendance_exports.models import LIVES
from session_service.attendance_exports.schemas import BuildExport, ExportState, SweepExports

AT_ONCE = 100
KIND = "text/csv"


async def build(database: Database, objects: Objects, job: BuildExport) -> None:
    """Writes the file and stores it. Raises `Unavailable` when the store is away; the job is then
    tried again.
    """
    with tempfile.TemporaryDirectory(prefix="attendance-") as folder:
        path = Path(folder) / "attendance.csv"
        async with database.transaction() as session:
            export = await repository.lock(session, job.export_id)
            if export is None or export.state == ExportState.READY:
                return
            zone = await repository.zone_of(session, export.study_session_id)
            found = repository.stream(session, export.study_session_id)
            rows = await files.write(path, found, zone)
        size = (await asyncio.to_thread(path.stat)).st_size
        await objects.put_file(export.key, path, size, KIND)
    async with database.transaction() as session:
        again = await repository.lock(session, job.export_id)
        if again is not None:
            again.finish(rows)
    if again is None:  # swept meanwhile
        await objects.delete(export.key)


async def sweep(database: Database, objects: Objects, _: SweepExports) -> None:
    """Takes away what is older than a day. Raises `Unavailable`."""
    before = database.clock.now() - LIVES
    for export in await database.run(lambda s: repository.list_old(s, before, AT_ONCE)):
        await objects.delete(export.key)
        async with database.transaction() as session:
            await repository.remove(session, export.id)
