"""Carrying out erasures, run by Celery."""

from libs.postgres import Database
from user_service.erasures import repository, service
from user_service.erasures.schemas import EraseDue


async def erase_due(database: Database, _: EraseDue) -> None:
    """Reminds, erases what is due, and asks again who has not confirmed. Each in a transaction of
    its own: what fails is tried again with the rest a minute later.
    """
    now = database.clock.now()
    async with database.transaction() as session:
        soon = await repository.list_due(session, now + service.REMINDED, reminded=False)
        due = await repository.list_due(session, now, reminded=True)
        silent = await repository.list_unconfirmed(session, now - service.LATE)
    for erasure_id, account_id in soon:
        async with database.transaction() as session:
            await service.remind(session, erasure_id, account_id)
    for erasure_id, account_id in due:
        async with database.transaction() as session:
            await service.carry_out(session, erasure_id, account_id)
    for erasure_id in silent:
        async with database.transaction() as session:
            await service.tell_again(session, erasure_id)
