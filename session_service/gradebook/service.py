"""The rules of gradebooks: what each one sees, now or at a past moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row, RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.grade_items.schemas import ItemKind
from session_service.gradebook import repository
from session_service.gradebook.rules import Category, Cell, Grade, grade, shown
from session_service.gradebook.schemas import CategoriesPut
from session_service.marks.schemas import MarkState
from session_service.study_sessions import repository as study_sessions


class Moment(NamedTuple):
    """The present, and a past moment at which one looks back, if one does."""

    now: datetime
    as_of: datetime | None = None

    @property
    def at(self) -> datetime:
        """What is over by then is over."""
        return self.now if self.as_of is None else min(self.as_of, self.now)


BLANK: Row = {
    "id": None, "state": MarkState.EMPTY.value, "excused": False, "total": None, "work_id": None
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One student's row, before it is shown: marks and cells stand in the order of the items."""

    student: Row
    marks: Sequence[Row]
    cells: Sequence[Cell]
    grade: Grade


async def list_page(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    page: PageRequest,
    moment: Moment,
) -> RowPage:
    """One page of a gradebook, for who teaches or helps. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    found = await repository.list_students(reads, user, study_session_id, page)
    lines = await count(reads, study_session_id, found["items"], moment)
    return {**found, "items": [to_row(line) for line in lines]}


async def get_row(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    student_id: UUID,
    moment: Moment,
) -> Row:
    """One student's row, as its tutors, its student or an observer may see it. Raises
    `GradebookRowNotFound`.
    """
    student = await repository.get_student(reads, user, study_session_id, student_id)
    [line] = await count(reads, study_session_id, [student], moment)
    return to_row(line)


async def count(
    reads: Reads, study_session_id: UUID, students: Sequence[Row], moment: Moment
) -> list[Line]:
    """Counts the rows of students, as they stand now or stood at a moment. What the caller may not
    see is not in them.
    """
    at = moment.at
    ids = [student["student_id"] for student in students]
    helped = all(student["helped"] for student in students)
    items = await repository.list_items(reads, study_session_id, at)
    categories = await repository.list_categories(reads, study_session_id)
    marks = await repository.list_marks(reads, study_session_id, ids, moment.as_of, helped=helped)
    handed_in = await repository.list_handed_in(reads, study_session_id, ids, at)
    extended = await repository.list_extended(reads, study_session_id, ids)
    by_place = {(mark["item_id"], mark["student_id"]): mark for mark in marks}
    lines = []
    for student in students:
        places = [(item, (item["id"], student["student_id"])) for item in items]
        of_one = [by_place.get(place, BLANK) for _, place in places]
        cells = [
            _cell(
                item,
                mark,
                handed_in=place in handed_in,
                closed=_closed(item, student, at, extended.get(place)),
            )
            for (item, place), mark in zip(places, of_one, strict=True)
        ]
        seen = [_seen(mark, helped=helped) for mark in of_one]
        lines.append(Line(student, seen, cells, grade(cells, categories)))
    return lines


def to_row(line: Line) -> Row:
    """A line as `GradebookRowOut` has it."""
    return {
        **{name: line.student[name] for name in ("id", "student_id", "student_code")},
        "student_name": line.student["student_name"],
        "percent": shown(line.grade.percent),
        "categories": [
            {
                "name": one.category.name,
                "weight": one.category.weight,
                "percent": shown(one.percent),
                "counted": one.counted,
                "dropped": one.dropped,
            }
            for one in line.grade.categories
        ],
        "cells": [
            {
                "item_id": cell.item_id,
                "mark_id": mark["id"],
                "state": mark["state"],
                "excused": cell.excused,
                "missing": cell.missing,
                "total": mark["total"],
                "percent": shown(cell.percent),
            }
            for mark, cell in zip(line.marks, line.cells, strict=True)
        ],
    }


async def set_categories(
    session: AsyncSession, user: Principal, study_session_id: UUID, wanted: CategoriesPut
) -> list[Category]:
    """Sets all categories of a class that the caller teaches. Raises `StudySessionNotFound`, or
    `Invalid` for a name that stands there twice.
    """
    await study_sessions.get_taught(session, user, study_session_id)
    names: set[str] = set()
    for place, one in enumerate(wanted.categories):
        if one.name in names:
            problem = FieldProblem(f"/categories/{place}/name", "repeated", "is there already")
            raise Invalid(fields=[problem])
        names.add(one.name)
    found = [Category(one.name, one.weight, one.drop_lowest) for one in wanted.categories]
    await study_sessions.lock(session, study_session_id)
    await repository.replace_categories(session, study_session_id, found)
    return found


async def list_categories(reads: Reads, user: Principal, study_session_id: UUID) -> list[Category]:
    """All categories of a class. Raises `StudySessionNotFound`."""
    await study_sessions.check_seen(reads, user, study_session_id)
    return await repository.list_categories(reads, study_session_id)


def _seen(mark: Row, *, helped: bool) -> Row:
    """A mark without what the caller may not see."""
    if helped or mark["state"] == MarkState.RELEASED:
        return mark
    if mark["excused"]:
        return {**mark, "state": MarkState.EMPTY.value, "total": None}
    return BLANK


def _closed(item: Row, student: Row, at: datetime, longer: datetime | None) -> bool:
    """Whether nothing is taken in from a student any more: an extension moves the cut-off along.
    What was due before the student came was never asked, and for a manual column nothing is.
    """
    closes_at: datetime | None = item["closes_at"]
    if closes_at is None or item["kind"] == ItemKind.MANUAL:
        return False
    due_at, came_at = longer or item["due_at"], student["approved_at"]
    if due_at is not None and came_at is not None and due_at <= came_at:
        return False
    if longer is not None and item["due_at"] is not None:
        closes_at += max(longer - item["due_at"], timedelta())
    return closes_at < at


def _cell(item: Row, mark: Row, *, handed_in: bool, closed: bool) -> Cell:
    """Of a mark that is not released only the work behind it counts: a draft changes no number."""
    released = mark["state"] == MarkState.RELEASED
    nothing = not released and mark["work_id"] is None and not handed_in
    return Cell(
        item_id=item["id"],
        category=item["category"],
        points=item["points"],
        total=mark["total"] if released else None,
        excused=mark["excused"],
        missing=closed and nothing and not mark["excused"],
    )
