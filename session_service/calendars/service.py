"""The rules of calendar feeds (X23)."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import zones
from libs.hot_reads import Row
from libs.postgres import Reads
from session_service.calendars import ical, repository
from session_service.calendars.ical import Course, Held
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.schemas import LessonState
from session_service.series import recurrence

NAME = "StudyZed"
LATELY = timedelta(days=60)
"""How long a series that is over stays in the feed."""
SECRET_BYTES = 32
NOTED = timedelta(hours=1)
VERSION = 1
"""Of how calendars are written: a new one makes clients fetch them anew."""


async def make(session: AsyncSession, account_id: UUID, now: datetime) -> str:
    """Makes a feed and returns its secret; the one before is dead at once."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await repository.save(session, account_id, _digest(secret), now)
    return secret


async def find_owner(reads: Reads, secret: str) -> UUID:
    """Whose feed has this secret. Raises `FeedNotFound`."""
    return await repository.find_owner(reads, _digest(secret))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def note_read(session: AsyncSession, account_id: UUID, now: datetime) -> None:
    """Notes that a feed was read, once an hour."""
    await repository.note_read(session, account_id, now, now - NOTED)


async def read_tag(reads: Reads, account_id: UUID, now: datetime) -> str:
    """The strong entity tag of a person's calendar: it changes whenever the calendar does."""
    rows = await repository.read_state(reads, account_id, _since(now))
    seen = [str(VERSION), zones.version(), str(now.year)]
    seen += [":".join(str(value) for value in row.values()) for row in rows]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]


def _since(now: datetime) -> datetime:
    """A day's beginning, so that the tag changes once a day at most by itself."""
    return (now - LATELY).replace(hour=0, minute=0, second=0, microsecond=0)


async def read(reads: Reads, account_id: UUID, now: datetime) -> bytes:
    """A person's calendar."""
    series = await repository.read_series(reads, account_id, _since(now))
    lessons = defaultdict(list)
    for row in await repository.read_lessons(reads, account_id, _since(now)):
        lessons[row["series_id"]].append(row)
    courses = [_course(row, lessons[row["id"]]) for row in series if lessons[row["id"]]]
    return ical.write(courses, NAME, now)


async def read_lesson(reads: Reads, account_id: UUID, lesson_id: UUID, now: datetime) -> bytes:
    """One lesson as a calendar. Raises `LessonNotFound`."""
    found = await repository.read_one(reads, account_id, lesson_id)
    if found is None:
        raise LessonNotFound
    series, lesson = found
    return ical.write_one(_course(series, [lesson]), series["place"], now)


def _course(series: Row, lessons: Sequence[Row]) -> Course:
    rule = recurrence.read(series["rule"], series["zone"]) if series["rule"] else None
    start, zone = series["local_start"], series["zone"]
    places = recurrence.unroll(rule, start, zone, series["expanded_to"]).places
    return Course(
        id=series["id"],
        class_name=series["class_name"],
        title=series["title"],
        description=series["description"],
        zone=zone,
        rule=series["rule"],
        minutes=series["minutes"],
        created_at=series["created_at"],
        sequence=series["sequence"],
        places=places,
        lessons=[_held(row) for row in lessons],
    )


def _held(row: Row) -> Held:
    return Held(
        place=row["recurrence_id"],
        local_start=row["local_start"],
        zone=row["zone"],
        minutes=int((row["ends_at"] - row["starts_at"]).total_seconds() // 60),
        title=row["title"],
        description=row["description"],
        cancelled=row["state"] == LessonState.CANCELLED,
        sequence=row["sequence"],
        own=row["moved"] or row["reworded"],
    )
