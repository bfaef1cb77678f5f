"""How a number came about (S38): now, or as it stood at a past moment."""

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any
from uuid import UUID

from libs.auth import Principal
from libs.hot_reads import Row
from libs.postgres import Reads
from session_service.explanations import repository, tree
from session_service.explanations.schemas import ExplanationOut, NodeOut
from session_service.explanations.tree import Node, Standing
from session_service.gradebook import repository as gradebook_rows
from session_service.gradebook import service as gradebook
from session_service.gradebook.rules import shown
from session_service.gradebook.service import Moment
from session_service.marks.errors import MarkNotFound
from session_service.marks.rules import Part
from session_service.marks.trail import from_json


async def of_mark(reads: Reads, user: Principal, mark_id: UUID, moment: Moment) -> ExplanationOut:
    """From a mark's total down to its parts. Raises `MarkNotFound`, also when there was none yet,
    or none that the caller could see.
    """
    trail = await repository.list_of_mark(reads, user, mark_id, moment.at)
    if not trail:
        raise MarkNotFound
    last = trail[-1]
    root = tree.of_mark(mark_id, _standing(trail)) if last["parts"] else None
    return _explanation(moment, last["to_total"], root, last)


async def of_grade(
    reads: Reads, user: Principal, place: tuple[UUID, UUID], moment: Moment
) -> ExplanationOut:
    """From a student's percentage in a class (`place`: class, student) down to all parts. Raises
    `GradebookRowNotFound`.
    """
    class_id, student_id = place
    student = await gradebook_rows.get_student(reads, user, class_id, student_id)
    [line] = await gradebook.count(reads, class_id, [student], moment)
    rows = await repository.list_of_student(reads, user, place, moment.at)
    marks: dict[UUID, Node] = {}
    for trail in _by_mark(rows):
        if trail[-1]["to_total"] is not None:
            marks[trail[-1]["item_id"]] = tree.of_mark(trail[-1]["mark_id"], _standing(trail))
    root = tree.of_grade(student_id, line.grade, line.cells, marks)
    return _explanation(moment, root.value, root, None)


def _by_mark(rows: Sequence[Row]) -> list[list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row["mark_id"], []).append(row)
    return list(found.values())


def _standing(trail: Sequence[Row]) -> Standing:
    last = trail[-1]
    parts = [_parts(row) for row in trail]
    return Standing(
        last["to_total"],
        repository.penalty(last),
        last["penalty_points"],
        parts[-1],
        tree.replaced_in(parts),
    )


def _parts(row: Row) -> list[Part]:
    return [from_json(one) for one in row["parts"]]


def _explanation(moment: Moment, value: Any, root: Node | None, last: Row | None) -> ExplanationOut:
    again: Fraction | None = None if root is None else tree.recompute(root)
    return ExplanationOut(
        as_of=moment.at,
        value=value,
        recomputed=shown(again),
        excused=last is not None and last["excused"],
        work_id=None if last is None else last["work_id"],
        changes=None if last is None else last["number"],
        tree=None if root is None else NodeOut.model_validate(asdict(root)),
    )
