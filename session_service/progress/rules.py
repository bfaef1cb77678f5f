"""From counts to what is shown, with the addresses of the rows behind each number. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from session_service.marks.rules import half_up
from session_service.progress.periods import ALWAYS, Period
from session_service.progress.schemas import Average, Counts, ProgressOut, Rate, RowsOf

WHOLE = 100


def percent(part: int, whole: int) -> Decimal | None:
    """Per cent, two places, half up; null of nothing."""
    return half_up(Decimal(part * WHOLE) / whole) if whole else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whose work numbers are: all of a class's that the caller sees, or one student's; in a
    period; as of a past moment.
    """

    study_session_id: UUID
    student_id: UUID | None = None
    period: Period = ALWAYS
    as_of: datetime | None = None

    def rows(self, of: RowsOf) -> str:
        """The address of the rows behind a number."""
        days: dict[str, date | None] = {"from": self.period.since, "to": self.period.until}
        back = None if self.as_of is None else self.as_of.isoformat()
        asked = {"of": of.value, "student_id": self.student_id, **days, "as_of": back}
        given = {name: str(value) for name, value in asked.items() if value is not None}
        return f"/v1/study-sessions/{self.study_session_id}/progress-rows?{urlencode(given)}"


def progress(found: Mapping[str, Any], scope: Scope) -> ProgressOut:
    """Counts as they are shown: by the name of what is counted, and `average`."""
    count = {which: found.get(which.value) or 0 for which in RowsOf}

    def rate(part: RowsOf, whole: RowsOf) -> Rate:
        return Rate(
            percent=percent(count[part], count[whole]),
            part=count[part],
            whole=count[whole],
            part_rows=scope.rows(part),
            whole_rows=scope.rows(whole),
        )

    return ProgressOut(
        completion=rate(RowsOf.DONE, RowsOf.DUE),
        on_time=rate(RowsOf.ON_TIME, RowsOf.SUBMITTED),
        average=Average(
            percent=found.get("average"),
            count=count[RowsOf.SCORED],
            rows=scope.rows(RowsOf.SCORED),
        ),
        counts=Counts(**{name: count[RowsOf(name)] for name in Counts.model_fields}),
    )
