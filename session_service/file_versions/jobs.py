"""The way of an upload between its transactions. Every job may come twice, or die anywhere.

An upload is copied to a key of its own once it was looked at: the leave to upload lives on for
minutes, and what comes then must not replace what was checked. A row goes only after its objects,
so `clear` can finish whatever another job began; the sweep calls it at the end of each upload's
hour, when nothing can still be on its way.
"""

from datetime import timedelta
from uuid import UUID

from libs.objects import Objects
from libs.postgres import Database
from session_service.file_versions import intake, repository, service
from session_service.file_versions.intake import Refused
from session_service.file_versions.schemas import TakeVersion
from session_service.materials.schemas import VersionState

AT_ONCE = 100
REFUSALS_STAY = timedelta(days=7)


async def take(database: Database, objects: Objects, job: TakeVersion) -> None:
    """Looks at an upload and keeps it, or refuses it; then takes away what is needed no more.

    Raises `Unavailable` when the object store is away; the job is then tried again.
    """
    version = await database.run(lambda session: repository.find(session, job.version_id))
    if version is not None and version.state == VersionState.PENDING:
        try:
            await intake.keep(objects, version)
        except Refused as refused:
            await _refuse(database, version.id, refused.code)
        else:
            async with database.transaction() as session:
                await service.accept(session, version.id, version.material_id)
    await clear(database, objects, job.version_id)


async def _refuse(database: Database, version_id: UUID, code: str) -> None:
    async with database.transaction() as session:
        version = await repository.lock(session, version_id)
        if version is not None:
            version.refuse(code)


async def clear(database: Database, objects: Objects, version_id: UUID) -> None:
    """Takes away the upload that is needed no more and, unless the version is ready, what a job may
    have kept before it died.

    Raises `Unavailable`.
    """
    async with database.transaction() as session:
        version = await repository.lock(session, version_id)
        if version is not None:
            version.age(database.clock.now())
    if version is None or version.state in (VersionState.ASKED, VersionState.PENDING):
        return
    await objects.delete(version.upload)
    if version.state != VersionState.READY:
        await objects.delete(version.kept)
    await _note_swept(database, version_id, VersionState(version.state))


async def _note_swept(database: Database, version_id: UUID, state: VersionState) -> None:
    """Closes the books on a version, unless it may still be uploaded or has changed meanwhile."""
    now = database.clock.now()
    async with database.transaction() as session:
        version = await repository.lock(session, version_id)
        if version is None or version.state != state or not version.is_over(now):
            return
        version.swept_at = now
        if state is VersionState.GONE:
            await repository.remove(session, version)


async def sweep(database: Database, objects: Objects) -> None:
    """Finishes what crashes and forgetful clients have left. Raises `Unavailable`."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_unswept(session, now, AT_ONCE))
    for version_id in due:
        await clear(database, objects, version_id)
    await database.run(lambda session: repository.remove_refused(session, now - REFUSALS_STAY))
