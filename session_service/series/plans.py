"""What a series is to be, checked: from what clients send to the places of its lessons."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs import zones
from libs.errors import FieldProblem, Invalid
from session_service.lessons.models import Series
from session_service.lessons.service import check_start
from session_service.series import recurrence
from session_service.series.recurrence import BadRule, Rule, Unrolled
from session_service.series.schemas import SeriesCreate, SeriesUpdate

HORIZON = timedelta(days=400)
"""How far ahead lessons are made. A start further ahead than `LATEST` is refused, so that no series
is without lessons.
"""
LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Plan:
    """A series to be, with its places up to `reach`."""

    title: str
    description: str
    local_start: datetime
    zone: str
    rule: Rule | None
    minutes: int
    unrolled: Unrolled
    reach: datetime
    now: datetime

    @property
    def rule_text(self) -> str | None:
        """The rule as it is kept."""
        return str(self.rule) if self.rule else None

    def is_of(self, series: Series, place: datetime) -> bool:
        """Whether a series is so already, from one of its places on."""
        planned = (self.title, self.description, self.local_start, self.zone, self.minutes)
        found = (series.title, series.description, place, series.zone, series.minutes)
        return planned == found and self.rule == _left(series, place, 0)


def wall_horizon(now: datetime, zone: str) -> datetime:
    """Up to which wall time lessons are made."""
    return zones.to_wall(now + HORIZON, zone)


def new(wanted: SeriesCreate, now: datetime) -> Plan:
    """The plan of a new series. Raises `Invalid`."""
    rule = _read(wanted.rule, wanted.zone) if wanted.rule else None
    return _plan(wanted, rule, now)


def changed(series: Series, place: datetime, wanted: SeriesUpdate, now: datetime) -> Plan:
    """The plan of a series from one of its places on. Raises `Invalid`."""
    start, zone = wanted.local_start or place, wanted.zone or series.zone
    if "rule" in wanted.model_fields_set:
        rule = _read(wanted.rule, zone) if wanted.rule else None
    else:
        rule = _left(series, place, (start.date() - place.date()).days)
    whole = SeriesCreate(
        study_session_id=series.study_session_id,
        title=series.title if wanted.title is None else wanted.title,
        description=series.description if wanted.description is None else wanted.description,
        local_start=start,
        zone=zone,
        minutes=wanted.minutes or series.minutes,
    )
    return _plan(whole, rule, now)


def rule_of(series: Series) -> Rule | None:
    """The rule of a series; it was checked before it was kept."""
    return recurrence.read(series.rule, series.zone) if series.rule else None


def places_before(series: Series, place: datetime) -> list[datetime]:
    """The places of a series before one of them."""
    until = place - timedelta(seconds=1)
    return recurrence.unroll(rule_of(series), series.local_start, series.zone, until).places


def _left(series: Series, place: datetime, days: int) -> Rule | None:
    rule = rule_of(series)
    if rule is None:
        return None
    turned = rule.turned(days)
    if turned is None:
        detail = "the start moves to another day: say which days the rule has from there on"
        raise Invalid(fields=[FieldProblem("/rule", "rule_needed", detail)])
    return turned.after(len(places_before(series, place)) if rule.count else 0)


def _read(text: str, zone: str) -> Rule:
    try:
        return recurrence.read(text, zone)
    except BadRule as error:
        raise Invalid(fields=[FieldProblem("/rule", error.code, error.detail)]) from error


def _plan(wanted: SeriesCreate, rule: Rule | None, now: datetime) -> Plan:
    start, zone = wanted.local_start, wanted.zone
    starts_at = zones.to_instant(start, zone)
    check_start(starts_at, now)
    if starts_at > now + LATEST:
        detail = f"must lie within {LATEST.days} days"
        raise Invalid(fields=[FieldProblem("/local_start", "start_too_far", detail)])
    to = wall_horizon(now, zone)
    unrolled = recurrence.unroll(rule, start, zone, to)
    if unrolled.places[:1] != [start]:
        raise Invalid(fields=[_not_in_rule(unrolled.places)])
    return Plan(
        wanted.title, wanted.description, start, zone, rule, wanted.minutes, unrolled, to, now
    )


def _not_in_rule(places: list[datetime]) -> FieldProblem:
    detail = "the rule has no lesson at this time" if places else "the rule makes no lesson"
    offered = tuple(place.isoformat(timespec="minutes") for place in places[:1])
    return FieldProblem("/local_start", "start_not_in_rule", detail, offered)
