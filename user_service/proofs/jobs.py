"""Work about challenges, run by Celery."""

from typing import ClassVar

from libs.jobs import Job
from libs.postgres import Database
from user_service.proofs import repository


class ForgetOldChallenges(Job):
    """Drop challenges that have ended; from the schedule."""

    type: ClassVar[str] = "user.proofs.forget_old_challenges"


async def forget_old(database: Database, _: ForgetOldChallenges) -> None:
    """Drops challenges that nobody can answer any more."""
    async with database.transaction() as session:
        await repository.remove_challenges_before(session, database.clock.now())
