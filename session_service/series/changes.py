"""What a change of a series does to its lessons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, zones
from libs.events.session_lessons import SeriesChanged
from libs.ids import new_id
from session_service.holidays import repository as holidays
from session_service.lessons import news
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState
from session_service.series import expansion, plans, repository
from session_service.series.alignment import align
from session_service.series.plans import Plan
from session_service.series.schemas import SeriesUpdate
from session_service.study_sessions.models import Taught


@dataclass(frozen=True, slots=True)
class Change:
    """A plan for a series from its lesson `first` on; `lessons` are that one and the following,
    locked, also those that have begun (they were moved) or were dropped before.
    """

    of: Taught
    series: Series
    first: Lesson
    lessons: Sequence[Lesson]
    plan: Plan
    wanted: SeriesUpdate

    @property
    def frozen(self) -> list[Lesson]:
        """Lessons that have begun."""
        return [one for one in self.lessons if one.begun(self.plan.now)]


@dataclass(slots=True)
class Made:
    """What came of it: lessons in the order of their places; `timed` says that somebody has to be
    at another time than before.
    """

    series: Series
    lesson_ids: list[UUID]
    dropped_ids: list[UUID] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    timed: bool = True


def new_series(plan: Plan, of: Taught, previous: Series | None = None) -> Series:
    """A series as planned."""
    return Series(
        id=new_id(),
        study_session_id=of.study_session_id,
        previous_id=previous.id if previous else None,
        created_at=plan.now,
        sequence=0,
        revision=1,
        **_columns(plan),
    )


def _columns(plan: Plan) -> Mapping[str, Any]:
    return {
        "title": plan.title,
        "description": plan.description,
        "local_start": plan.local_start,
        "zone": plan.zone,
        "rule": plan.rule_text,
        "minutes": plan.minutes,
        "expanded_to": plan.reach,
        "finished": plan.unrolled.finished,
        "tzdata": zones.version(),
    }


def close(series: Series, place: datetime) -> None:
    """Lets a series end before a place."""
    rule, before = plans.rule_of(series), plans.places_before(series, place)
    if rule is not None:
        last = zones.to_instant(before[-1] if before else place, series.zone)
        series.rule = str(rule.ending(last if before else last - timedelta(seconds=1)))
    series.finished = True
    series.note_change()


async def apply(session: AsyncSession, change: Change) -> Made:
    """Gives the lessons their new places, makes those that are missing, and drops those that the
    plan leaves out. What has begun stays as and where it is, and its place is not filled again.
    """
    kept = [one for one in change.lessons if one.state != LessonState.DROPPED]
    shift = change.plan.local_start - change.first.recurrence_id
    places = align([one.recurrence_id for one in kept], change.plan.unrolled.places, shift)
    frozen = change.frozen
    dropped = [one for one in kept if one.recurrence_id not in places and one not in frozen]
    days = await holidays.list_of(session, change.of.study_session_id)
    await repository.exchange_places(session)
    target = await _target(session, change, dropped)
    instants = {one.id: (one.starts_at, one.ends_at, one.state) for one in kept}
    changed = [
        one
        for one in kept
        if one.recurrence_id in places
        and one not in frozen
        and expansion.settle(one, target, places[one.recurrence_id], days, _fresh(change, one))
    ]
    for lesson in dropped:
        lesson.state = LessonState.DROPPED.value
        lesson.note_change()
    fresh = expansion.make(target, _free(change.plan, set(places.values())), days)
    session.add_all(fresh)
    await repository.keep_places(session)
    timed = [one for one in changed if instants[one.id] != (one.starts_at, one.ends_at, one.state)]
    lessons = sorted([*changed, *fresh], key=lambda one: one.recurrence_id)
    return Made(
        target, [one.id for one in lessons], [one.id for one in dropped], lessons,
        timed=bool(timed or fresh or dropped),
    )  # fmt: skip


def _free(plan: Plan, taken: set[datetime]) -> list[datetime]:
    """Places ahead that no lesson has."""
    return [
        place
        for place in plan.unrolled.places
        if place not in taken and zones.to_instant(place, plan.zone) > plan.now
    ]


def _fresh(change: Change, lesson: Lesson) -> Mapping[str, bool]:
    first = lesson is change.first
    return {
        "times": first and change.wanted.sets_times,
        "words": first and change.wanted.sets_words,
    }


async def _target(session: AsyncSession, change: Change, dropped: Sequence[Lesson]) -> Series:
    """The series itself if no lesson stays behind; else a new one, before which it ends."""
    series, first = change.series, change.first.recurrence_id
    gone = any(one.state == LessonState.DROPPED for one in change.lessons)
    stay = change.frozen or dropped or gone
    if not stay and not await repository.has_before(session, series.id, first):
        for name, value in _columns(change.plan).items():
            setattr(series, name, value)
        series.note_change()
        return series
    close(series, first)
    split = new_series(change.plan, change.of, series)
    await repository.add(session, split, [])
    return split


async def about(
    session: AsyncSession, of: Taught, series: Series, lessons: Sequence[Lesson], by: UUID | None
) -> news.SeriesFields:
    """What events say of lessons of a series, in their order."""
    return {
        **await news.about(session, of, by),
        "series_id": series.id,
        "tutor_id": of.tutor_id,
        "lesson_ids": tuple(one.id for one in lessons),
        "starts_at": lessons[0].starts_at,
        "revision": series.revision,
    }


async def tell(session: AsyncSession, of: Taught, made: Made, series: Series, by: UUID) -> None:
    """One event for the whole change, unless it changed words only."""
    if made.timed:
        previous_id = series.id if made.series is not series else None
        fields = await about(session, of, made.series, made.lessons, by)
        event = SeriesChanged(
            **fields, previous_id=previous_id, dropped_ids=tuple(made.dropped_ids)
        )
        await outbox.publish(session, event)
