"""Carrying out erasures, run by Celery."""

from uuid import UUID

from libs import sweeps
from libs.postgres import Database
from user_service.erasures import repository, service
from user_service.erasures.schemas import EraseDue

Due = tuple[UUID, UUID]
"""An erasure and its account."""


async def erase_due(database: Database, _: EraseDue) -> None:
    """Reminds, erases what is due, and asks again who has not confirmed. Each in a transaction of
    its own: what fails is tried again with the rest a minute later.
    """
    now = database.clock.now()
    async with database.transaction() as session:
        soon = await repository.list_due(session, now + service.REMINDED, reminded=False)
        due = await repository.list_due(session, now, reminded=True)
        silent = await repository.list_unconfirmed(session, now - service.ASK_AGAIN)

    async def remind(one: Due) -> None:
        await database.run(lambda session: service.remind(session, *one))

    async def carry_out(one: Due) -> None:
        await database.run(lambda session: service.carry_out(session, *one))

    async def tell_again(erasure_id: UUID) -> None:
        await database.run(lambda session: service.tell_again(session, erasure_id))

    await sweeps.each("erasures.remind", soon, remind)
    await sweeps.each("erasures.carry_out", due, carry_out)
    await sweeps.each("erasures.tell_again", silent, tell_again)
