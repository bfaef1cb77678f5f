"""Series of lessons, planned once more for other dates. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from libs.errors import Invalid
from session_service.copies.shifts import Shift
from session_service.lessons.models import Lesson, Series
from session_service.series import changes, expansion, plans
from session_service.series.recurrence import Rule
from session_service.series.schemas import SeriesCreate
from session_service.study_sessions.models import Taught

NOT_IN_RULE = "start_not_in_rule"


@dataclass(frozen=True, slots=True)
class Timetable:
    """New series, each with its lessons, and those of the old ones whose rules name days of months
    that a shift does not keep.
    """

    series: list[tuple[Series, list[Lesson]]]
    left_out_ids: list[UUID]


def shifted(old: Sequence[Series], of: Taught, shift: Shift, now: datetime) -> Timetable:
    """The series of a class for another class. Raises `Invalid` for one that starts too late to
    have lessons yet.
    """
    found = Timetable([], [])
    for one in old:
        wanted = _wanted(one, of, shift)
        plan = _planned(wanted, now) if wanted is not None else None
        if plan is None:
            found.left_out_ids.append(one.id)
            continue
        made = changes.new_series(plan, of)
        found.series.append((made, expansion.make(made, plan.unrolled.places, [])))
    return found


def _wanted(old: Series, of: Taught, shift: Shift) -> SeriesCreate | None:
    rule = plans.rule_of(old)
    if rule is not None:
        rule = _later(rule, old.zone, shift)
        if rule is None:
            return None
    return SeriesCreate(
        study_session_id=of.study_session_id,
        title=old.title,
        description=old.description,
        local_start=shift.wall(old.local_start),
        zone=old.zone,
        rule=str(rule) if rule else None,
        minutes=old.minutes,
    )


def _later(rule: Rule, zone: str, shift: Shift) -> Rule | None:
    turned = rule.turned(shift.days)
    if turned is None or turned.until is None:
        return turned
    return replace(turned, until=shift.instant(turned.until, zone))


def _planned(wanted: SeriesCreate, now: datetime) -> plans.Plan | None:
    try:
        return plans.new(wanted, now)
    except Invalid as error:
        if any(one.code == NOT_IN_RULE for one in error.fields):
            return None
        raise
