"""Telling people a week before that a lesson is at another hour for them."""

from datetime import timedelta
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.session_lessons import LessonHourShifts
from libs.jobs import Job
from libs.postgres import Database
from session_service.lessons import hours, repository

AHEAD = timedelta(days=7)


class TellOfHours(Job):
    """Tell of lessons of the coming week that are at another hour for some; from the schedule."""

    type: ClassVar[str] = "session.lessons.tell_of_hours"


async def tell_of_hours(database: Database, _: TellOfHours) -> None:
    """Looks at each lesson once, a week before it, some hundred in a transaction. Repeatable."""
    while await database.run(_tell_some):
        pass


async def _tell_some(session: AsyncSession) -> bool:
    now = session.info["clock"].now()
    found = await repository.lock_unchecked(session, now, now + AHEAD)
    pairs = await repository.list_pairs(session, found)
    people = await repository.list_people(session, {one.study_session_id for one in pairs})
    await outbox.publish(session, *(_event(one) for one in hours.shifts(pairs, people)))
    for lesson in found:
        lesson.hours_checked_at = now
    return bool(found)


def _event(shift: hours.Shift) -> LessonHourShifts:
    return LessonHourShifts(
        study_session_id=shift.pair.study_session_id,
        session_code=shift.pair.session_code,
        lesson_id=shift.pair.lesson_id,
        account_ids=shift.account_ids,
        starts_at=shift.pair.starts_at,
        previous_at=shift.pair.previous_at,
        revision=shift.pair.revision,
    )
