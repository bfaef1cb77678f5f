"""Closing lessons that are over, run by Celery's schedule. Several at once close each one once."""

from datetime import timedelta

from libs.postgres import Database
from session_service.attendance import repository, service
from session_service.attendance.models import CLOSES_AFTER
from session_service.attendance.schemas import CloseLessons

AT_ONCE = 100
LOOKS_BACK = timedelta(days=30)
"""No lesson waits longer, however long the worker was away."""


async def close_lessons(database: Database, _: CloseLessons) -> None:
    """Closes lessons, each in a transaction of its own."""
    until = database.clock.now() - CLOSES_AFTER
    due = await database.run(
        lambda session: repository.list_to_close(session, until - LOOKS_BACK, until, AT_ONCE)
    )
    for lesson_id in due:
        async with database.transaction() as session:
            await service.close(session, lesson_id)
