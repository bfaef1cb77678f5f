"""From counts of each student and week to what a picture shows. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import NamedTuple
from uuid import UUID

from session_service.charts.schemas import LEAST_FOR_MEDIAN, ChartKind, Week
from session_service.marks.rules import half_up
from session_service.progress.rules import percent


class Count(NamedTuple):
    """What one student has in one week, whose `part` counts from 1: works done of those due, and
    the sum of the percentages of `marks` works.
    """

    student_id: UUID
    part: int
    done: int
    due: int
    points: Decimal
    marks: int


def weeks(
    kind: ChartKind, subject_id: UUID, mondays: Sequence[date], counts: Iterable[Count]
) -> list[Week]:
    """The weeks of a picture, oldest first, by the rules of progress (S-A14)."""
    by_part: dict[int, list[Count]] = {}
    for one in counts:
        by_part.setdefault(one.part, []).append(one)
    return [
        _week(kind, subject_id, monday, by_part.get(part, []))
        for part, monday in enumerate(mondays, 1)
    ]


def _week(kind: ChartKind, subject_id: UUID, monday: date, counts: Sequence[Count]) -> Week:
    whole = kind is ChartKind.CLASS
    shown = [one for one in counts if whole or one.student_id == subject_id]
    handed_in = percent(sum(one.done for one in shown), sum(one.due for one in shown))
    return Week(
        monday=monday,
        handed_in=_number(handed_in),
        average=_number(_mean(shown)),
        median=_median(counts) if kind is ChartKind.STUDENT_IN_CLASS else None,
    )


def _mean(counts: Sequence[Count]) -> Decimal | None:
    marks = sum(one.marks for one in counts)
    points = sum((one.points for one in counts), Decimal(0))
    return half_up(points / marks) if marks else None


def _median(counts: Sequence[Count]) -> float | None:
    """Of the students' means, if there are enough of them."""
    means = [found for one in counts if (found := _mean([one])) is not None]
    return _number(half_up(median(means))) if len(means) >= LEAST_FOR_MEDIAN else None


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
