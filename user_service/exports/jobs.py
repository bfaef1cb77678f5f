"""Making and deleting the files of exports, run by Celery."""

from uuid import UUID

from libs import export_parts, personal_rows, sweeps
from libs.export_parts import key_of
from libs.objects import Objects
from libs.postgres import Database
from user_service.exports import packing, repository, service
from user_service.exports.schemas import (
    OWN,
    SERVICES,
    CollectExport,
    DropExport,
    DropParts,
    PackExport,
    SweepExports,
)
from user_service.privacy.data_map import STORES


async def collect(database: Database, objects: Objects, job: CollectExport) -> None:
    """Stores our own part. Raises `Unavailable`."""
    part = await personal_rows.collect(database, objects, OWN, STORES, job)
    async with database.transaction() as session:
        await service.receive(session, export_parts.announce(job, OWN, part))


async def pack(database: Database, objects: Objects, job: PackExport) -> None:
    """Makes the file of an export whose parts are all there; a second run makes it again.

    Raises `PartDamaged`, `ObjectMissing` or `Unavailable`; the job is then tried again.
    """
    async with database.transaction() as session:
        export = await repository.lock(session, job.export_id)
        parts = await repository.list_parts(session, job.export_id)
    if export is None or not export.collecting:
        return
    with export_parts.scratch() as place:
        files = await packing.fetch(objects, export.folder, parts, place)
        made = await packing.pack(files, parts, database.clock.now())
        size = made.stat().st_size
        await objects.put_file(packing.zip_key(export.folder), made, size, packing.KIND)
    async with database.transaction() as session:
        await service.finish(session, export.id, export.folder, size)


async def drop_parts(objects: Objects, job: DropParts) -> None:
    """Deletes the parts. Raises `Unavailable`."""
    for name in SERVICES:
        await objects.delete(key_of(job.folder, name))


async def drop(database: Database, objects: Objects, job: DropExport) -> None:
    """Deletes all objects of an export. Raises `Unavailable`."""
    await drop_parts(objects, DropParts(folder=job.folder))
    await objects.delete(packing.zip_key(job.folder))
    if job.last:
        async with database.transaction() as session:
            await repository.note_dropped(session, job.folder)


async def sweep(database: Database, _: SweepExports) -> None:
    """Asks again for what is missing, gives up, and ends what is over."""
    now = database.clock.now()
    async with database.transaction() as session:
        waiting = await repository.list_waiting(session, now - service.ASK_AGAIN)
        over = await repository.list_over(session, now)
        await repository.remove_before(session, now - service.REMEMBERED)

    async def chase(export_id: UUID) -> None:
        await database.run(lambda session: service.chase(session, export_id))

    async def expire(export_id: UUID) -> None:
        await database.run(lambda session: service.expire(session, export_id))

    await sweeps.each("exports.chase", waiting, chase)
    await sweeps.each("exports.expire", over, expire)
