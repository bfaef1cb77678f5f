"""The way of a picture between its transactions. Every job may come twice, or die anywhere.

What must not be forgotten stands in a row before it exists in the store, and a row goes only after
its objects. So `clear` can finish whatever another job began; the sweep calls it at the end of each
picture's hour, when no upload can still be on its way.
"""

from datetime import timedelta
from uuid import UUID

from libs import square_uploads, sweeps
from libs.objects import Objects
from libs.postgres import Database
from libs.squares import Refused
from user_service.pictures import repository, service
from user_service.pictures.models import State
from user_service.pictures.schemas import MAX_BYTES, ConvertPicture
from user_service.profiles.service import EDGES, object_key

AT_ONCE = 100
REFUSALS_STAY = timedelta(days=7)


async def convert(database: Database, objects: Objects, job: ConvertPicture) -> None:
    """Looks at an upload and shows it, or refuses it; then takes away what is needed no more.

    Raises `Unavailable` when the object store is away; the job is then tried again.
    """
    picture = await database.run(lambda session: repository.find(session, job.picture_id))
    if picture is not None and picture.state == State.PENDING:
        try:
            squares = {edge: object_key(picture.folder, edge) for edge in EDGES}
            await square_uploads.publish(objects, picture.upload, MAX_BYTES, squares)
        except Refused as refused:
            await _refuse(database, picture.id, refused.code)
        else:
            await database.run(lambda session: service.show(session, job.picture_id))
    await clear(database, objects, job.picture_id)


async def _refuse(database: Database, picture_id: UUID, code: str) -> None:
    async with database.transaction() as session:
        picture = await repository.lock(session, picture_id)
        if picture is not None:
            picture.refuse(code)


async def clear(database: Database, objects: Objects, picture_id: UUID) -> None:
    """Takes away the upload that is needed no more and, unless the picture is shown, the squares
    that a job may have published before it died.

    Raises `Unavailable`.
    """
    async with database.transaction() as session:
        picture = await repository.lock(session, picture_id)
        if picture is not None:
            picture.age(database.clock.now())
    if picture is None or picture.state in (State.ASKED, State.PENDING):
        return
    await objects.delete(picture.upload)
    if picture.state != State.READY:
        for edge in EDGES:
            await objects.withdraw(object_key(picture.folder, edge))
    await _note_swept(database, picture_id, State(picture.state))


async def _note_swept(database: Database, picture_id: UUID, state: State) -> None:
    """Closes the books on a picture, unless it may still be uploaded or is gone meanwhile."""
    now = database.clock.now()
    async with database.transaction() as session:
        picture = await repository.lock(session, picture_id)
        if picture is None or picture.state != state or not picture.is_over(now):
            return
        picture.swept_at = now
        if state == State.GONE:
            await repository.remove(session, picture)


async def sweep(database: Database, objects: Objects) -> None:
    """Finishes what crashes and forgetful clients have left. Raises `Unavailable`."""
    now = database.clock.now()
    due = await database.run(lambda session: repository.list_unswept(session, now, AT_ONCE))

    async def clear_one(picture_id: UUID) -> None:
        await clear(database, objects, picture_id)

    await sweeps.each("pictures.clear", due, clear_one)
    await database.run(lambda session: repository.remove_refused(session, now - REFUSALS_STAY))
