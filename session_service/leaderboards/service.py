"""The leaderboard of a class (S31): this class only (R7), and nobody is shamed."""

from datetime import date

from libs import zones
from libs.hot_reads import Row
from session_service.leaderboards import repository
from session_service.leaderboards.schemas import LeaderboardOut, Place, Window
from session_service.progress.periods import ALWAYS, DAY, Period, steps
from session_service.progress.repository import Asked, Days
from session_service.progress.schemas import Step


async def get(asked: Asked, window: Window, top: int) -> LeaderboardOut:
    """The first places in a window, and the own. Raises `StudySessionNotFound`."""
    reads, user, study_session_id = asked.reads, asked.user, asked.study_session_id
    seen = await repository.get_seen(reads, user, study_session_id)
    period = days_of(window, zones.to_wall(asked.now, seen["zone"]).date())
    days = Days(*period.bounds(seen["zone"]))
    rows = await repository.list_places(reads, user, study_session_id, days, top)
    own = [_place(row) for row in rows if row["own"]]
    places = [_place(row) for row in rows if row["listed"]]
    return LeaderboardOut(
        window=window,
        since=period.since,
        until=period.until,
        places=places,
        own=own[0] if own else None,
        opted_out=seen["opted_out"],
    )


def days_of(window: Window, today: date) -> Period:
    """The days of the window that holds a day."""
    if window is Window.ALL:
        return ALWAYS
    first, after = steps(Step(window.value), today, 1)
    return Period(first, after - DAY)


def _place(row: Row) -> Place:
    return Place(**{name: row[name] for name in Place.model_fields})
