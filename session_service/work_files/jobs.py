"""The way of an upload between its transactions, as in `file_versions/jobs.py`. Every job may come
twice, or die anywhere.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from libs import sweeps
from libs.objects import Objects
from libs.postgres import Database
from session_service.file_versions import intake
from session_service.file_versions.intake import Refused
from session_service.materials.schemas import VersionState
from session_service.work_files import repository
from session_service.work_files.schemas import TakeWorkFile

AT_ONCE = 100
REFUSALS_STAY = timedelta(days=7)


async def take(database: Database, objects: Objects, job: TakeWorkFile) -> None:
    """Looks at an upload and keeps it, or refuses it; then takes away what is needed no more.

    Raises `Unavailable` when the object store is away; the job is then tried again.
    """
    file = await database.run(lambda session: repository.find(session, job.file_id))
    if file is not None and file.state == VersionState.PENDING:
        refusal = None
        try:
            await intake.keep(objects, file)
        except Refused as refused:
            refusal = refused.code
        await _settle(database, job.file_id, refusal)
    await clear(database, objects, job.file_id)


async def _settle(database: Database, file_id: UUID, refusal: str | None) -> None:
    async with database.transaction() as session:
        file = await repository.lock(session, file_id)
        if file is not None and refusal is None:
            file.accept()
        elif file is not None and refusal is not None:
            file.refuse(refusal)


async def clear(database: Database, objects: Objects, file_id: UUID) -> None:
    """Takes away the upload that is needed no more and, unless the file is ready, what a job may
    have kept before it died. Raises `Unavailable`.
    """
    async with database.transaction() as session:
        file = await repository.lock(session, file_id)
        if file is not None:
            file.age(database.clock.now())
    if file is None or file.state in (VersionState.ASKED, VersionState.PENDING):
        return
    await objects.delete(file.upload)
    if file.state != VersionState.READY:
        await objects.delete(file.kept)
    await _note_swept(database, file_id, VersionState(file.state))


async def _note_swept(database: Database, file_id: UUID, state: VersionState) -> None:
    """Closes the books on a file, unless it may still be uploaded or has changed meanwhile."""
    now = database.clock.now()
    async with database.transaction() as session:
        file = await repository.lock(session, file_id)
        if file is None or file.state != state or not file.is_over(now):
            return
        file.swept_at = now
        if state is VersionState.GONE:
            await repository.remove(session, file)


async def sweep(database: Database, objects: Objects) -> None:
    """Finishes what crashes and forgetful clients have left. Raises `Unavailable`."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_unswept(session, now, AT_ONCE))
    await sweeps.each("work_files", due, partial(clear, database, objects))
    await database.run(lambda session: repository.remove_refused(session, now - REFUSALS_STAY))
