"""Blocks that end by themselves."""

from typing import ClassVar

from libs.jobs import Job
from libs.postgres import Database
from user_service.admin import repository, service


class LiftBlocks(Job):
    """End the blocks whose end has come; from the schedule."""

    type: ClassVar[str] = "user.admin.lift_blocks"


async def lift_blocks(database: Database, _: LiftBlocks) -> None:
    """Ends one block after the other, each in a transaction of its own; a repeat finds none."""
    while True:
        async with database.transaction() as session:
            account = await repository.find_ended_block(session, database.clock.now())
            if account is None:
                return
            await service.lift(session, account, None)
