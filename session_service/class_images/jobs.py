"""The way of an image between its transactions. Every job may come twice, or die anywhere.

What must not be forgotten stands in a row before it exists in the store, and a row goes only after
its objects. So `clear` can finish whatever another job began; the sweep calls it at the end of each
image's hour, when no upload can still be on its way.
"""

from datetime import timedelta
from uuid import UUID

from libs import square_uploads, sweeps
from libs.objects import Objects
from libs.postgres import Database
from libs.squares import Refused
from session_service.class_images import repository, service
from session_service.class_images.schemas import MAX_BYTES, ConvertClassImage, ImageState
from session_service.study_sessions.images import EDGES, object_key

AT_ONCE = 100
REFUSALS_STAY = timedelta(days=7)


async def convert(database: Database, objects: Objects, job: ConvertClassImage) -> None:
    """Looks at an upload and shows it, or refuses it; then takes away what is needed no more.

    Raises `Unavailable` when the object store is away; the job is then tried again.
    """
    image = await database.run(lambda session: repository.find(session, job.image_id))
    if image is not None and image.state == ImageState.PENDING:
        try:
            squares = {edge: object_key(image.folder, edge) for edge in EDGES}
            await square_uploads.publish(objects, image.upload, MAX_BYTES, squares)
        except Refused as refused:
            await _refuse(database, image.id, refused.code)
        else:
            await database.run(lambda session: service.show(session, job.image_id))
    await clear(database, objects, job.image_id)


async def _refuse(database: Database, image_id: UUID, code: str) -> None:
    async with database.transaction() as session:
        image = await repository.lock(session, image_id)
        if image is not None:
            image.refuse(code)


async def clear(database: Database, objects: Objects, image_id: UUID) -> None:
    """Takes away the upload that is needed no more and, unless the image is shown, the squares
    that a job may have published before it died.

    Raises `Unavailable`.
    """
    async with database.transaction() as session:
        image = await repository.lock(session, image_id)
        if image is not None:
            image.age(database.clock.now())
    if image is None or image.state in (ImageState.ASKED, ImageState.PENDING):
        return
    await objects.delete(image.upload)
    if image.state != ImageState.READY:
        for edge in EDGES:
            await objects.withdraw(object_key(image.folder, edge))
    await _note_swept(database, image_id, image.state)


async def _note_swept(database: Database, image_id: UUID, state: str) -> None:
    """Closes the books on an image, unless it may still be uploaded or is gone meanwhile."""
    now = database.clock.now()
    async with database.transaction() as session:
        image = await repository.lock(session, image_id)
        if image is None or image.state != state or not image.is_over(now):
            return
        image.swept_at = now
        if state == ImageState.GONE:
            await repository.remove(session, image)


async def sweep(database: Database, objects: Objects) -> None:
    """Finishes what crashes and forgetful clients have left. Raises `Unavailable`."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_unswept(session, now, AT_ONCE))

    async def clear_one(image_id: UUID) -> None:
        await clear(database, objects, image_id)

    await sweeps.each("class_images.clear", due, clear_one)
    await database.run(lambda session: repository.remove_refused(session, now - REFUSALS_STAY))
