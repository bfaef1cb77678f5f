"""Periods of a report: days, weeks or months of a zone's calendar."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from libs import zones
from payment_service.reports.errors import PeriodRefused

MOST = 400
"""Periods of one report: a year of days."""


class Step(StrEnum):
    """How long the periods are; `total` makes one of all."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


def starts(first: date, until: date, step: Step) -> list[date]:
    """The first days of the periods from `first` on, and `until`, which is outside the last one.
    The first and the last period may be shorter: weeks begin on Mondays, months on their 1st.

    Raises `PeriodRefused` for no day at all, and for more than `MOST` periods.
    """
    if until <= first:
        raise PeriodRefused("`until` must be after `from`; that day itself is not counted.")
    days = [first]
    while step is not Step.TOTAL and (later := _after(days[-1], step)) < until:
        days.append(later)
        if len(days) > MOST:
            raise PeriodRefused(f"These are more than {MOST} periods: ask for longer ones.")
    return [*days, until]


def instants(days: list[date], zone: str) -> list[datetime]:
    """When these days begin in a zone, in UTC. Raises `KeyError` for an unknown zone."""
    return [zones.to_instant(datetime.combine(day, time()), zone) for day in days]


def _after(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day + timedelta(days=1)
    if step is Step.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
