"""Lessons and calls, for tests of attendance."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import session_service.holidays.models  # noqa: F401  (a table to which lessons refer)
from libs import zones
from libs.events.message import CallAttended
from libs.ids import new_id
from session_service.attendance.schemas import CloseLessons
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState
from tests.session_service.materials.library import Library
from tests.stack import User

MINUTE = timedelta(minutes=1)


async def add_lesson(
    library: Library, begins_in: timedelta = timedelta(), minutes: int = 60, **other: Any
) -> Lesson:
    """A lesson of the class, which begins so long after now."""
    now, of = library.world.clock.now(), UUID(library.made["id"])
    local = zones.to_wall(now + begins_in, "UTC").replace(second=0, microsecond=0)
    series = Series(
        id=new_id(), study_session_id=of, title="Maths", description="", local_start=local,
        zone="UTC", rule=None, minutes=minutes, expanded_to=local, finished=True,
        tzdata=zones.version(), created_at=now, sequence=0, revision=1,
    )  # fmt: skip
    values: dict[str, Any] = {
        "title": "Maths", "state": LessonState.SCHEDULED.value, "starts_at": now + begins_in,
        "ends_at": now + begins_in + minutes * MINUTE,
    } | other  # fmt: skip
    lesson = Lesson(
        id=new_id(), series_id=series.id, study_session_id=of, recurrence_id=local,
        description="", local_start=local, zone="UTC", moved=False, reworded=False, sequence=0,
        revision=1, **values,
    )  # fmt: skip
    async with library.world.parts.database.transaction() as session:
        session.add(series)
        await session.flush()
        session.add(lesson)
    return lesson


def stayed(lesson: Lesson, user: User, begin: float, end: float, **other: Any) -> CallAttended:
    """A stay in a lesson's call, from one minute of it to another."""
    values: dict[str, Any] = {
        "lesson_id": lesson.id, "account_id": user.id, "participant_id": new_id(),
        "joined_at": lesson.starts_at + begin * MINUTE,
        "left_at": lesson.starts_at + end * MINUTE, "revision": 1,
    }  # fmt: skip
    return CallAttended(**(values | other))


async def close(library: Library, lesson: Lesson) -> None:
    """A quarter of an hour after the lesson, its attendance is closed."""
    library.world.clock.at = lesson.ends_at + 15 * MINUTE
    await library.run(CloseLessons())


async def listed(library: Library, user: User, lesson: Lesson) -> list[dict[str, Any]]:
    """A lesson's attendance as somebody sees it, by student."""
    page = await library.send(user, "GET", f"/v1/lessons/{lesson.id}/attendance")
    return sorted(page["items"], key=lambda one: str(one["student_id"]))


async def one(library: Library, lesson: Lesson) -> dict[str, Any]:
    """The one record of a lesson."""
    [found] = await listed(library, library.tutor, lesson)
    return found


async def mark(
    library: Library, lesson: Lesson, state: str, reason: str = "", user: User | None = None
) -> dict[str, Any]:
    """The tutor's word on the student."""
    path = f"/v1/lessons/{lesson.id}/attendance/{library.student.id}"
    body = {"state": state, "reason": reason}
    found: dict[str, Any] = await library.send(user or library.tutor, "PUT", path, body)
    return found


async def told(library: Library) -> list[tuple[str, str]]:
    """Types and states of the events about attendance, in order."""
    rows = await library.rows(
        "SELECT body::jsonb AS body FROM outbox WHERE destination = 'kafka' "
        "AND body::jsonb ->> 'type' LIKE 'studyzed.attendance.%' ORDER BY seq"
    )
    return [(row.body["type"].rpartition(".")[2], row.body["data"]["state"]) for row in rows]
