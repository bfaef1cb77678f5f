"""Blocks that end by themselves."""

from typing import ClassVar
from uuid import UUID

from libs import sweeps
from libs.jobs import Job
from libs.postgres import Database
from user_service.admin import repository, service


class LiftBlocks(Job):
    """End the blocks whose end has come; from the schedule."""

    type: ClassVar[str] = "user.admin.lift_blocks"


async def lift_blocks(database: Database, _: LiftBlocks) -> None:
    """Ends one block after the other, each in a transaction of its own; a repeat finds none."""
    now = database.clock.now()
    ended = await database.run(lambda session: repository.list_ended_blocks(session, now))

    async def lift(account_id: UUID) -> None:
        await database.run(lambda session: service.lift_ended(session, account_id))

    await sweeps.each("admin.lift_blocks", ended, lift)
