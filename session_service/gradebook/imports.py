"""Taking a gradebook's file in: all of it or nothing, and at first only to look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Row
from libs.postgres import Reads
from session_service.gradebook import files, repository
from session_service.gradebook.files import EXCUSED, MAX_ROWS, Entry
from session_service.gradebook.schemas import GradeImportOut, ImportedCell, ImportProblem
from session_service.gradebook.service import BLANK
from session_service.marks import repository as mark_rows
from session_service.marks import service as marks
from session_service.marks.by_hand import WHOLE
from session_service.marks.repository import Marked
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from session_service.study_sessions import repository as study_sessions

ADJUSTMENT = "adjustment"
"""The part that makes a work of several parts come to the number of a file."""
MAX_CHANGES = 2_000
MAX_PROBLEMS = 100
"""Problems that are named one by one; of more the number is told."""


class Wish(NamedTuple):
    """What to do with a file: only look, or take it in, and why."""

    raw: bytes
    dry_run: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a cell asks for; `total` is null for an excuse."""

    entry: Entry
    item: Row
    student_id: UUID
    mark: Row
    total: Decimal | None


class _Wrong(Exception):
    """A cell that cannot be taken."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class Known(NamedTuple):
    """What there is: columns by id, students by code, marks and what was handed in by column and
    student.
    """

    items: Mapping[UUID, Row]
    students: Mapping[str, UUID]
    marks: Mapping[tuple[UUID, UUID], Row]
    works: Mapping[tuple[UUID, UUID], UUID]


async def take(
    session: AsyncSession, reads: Reads, user: Principal, study_session_id: UUID, wish: Wish
) -> GradeImportOut:
    """Reads a file and, unless it is a dry run or has problems, does what it says; nobody else
    marks in its columns meanwhile.

    Raises `StudySessionNotFound` or `GradeFileRefused`.
    """
    await study_sessions.get_taught(session, user, study_session_id)
    entries = files.read(wish.raw)
    now: datetime = session.info["clock"].now()
    known, held = await _known(session, reads, user, study_session_id, now)
    changes, problems = plan(entries, known)
    if not problems and not wish.dry_run:
        act = Act(user.account_id, wish.reason, now)
        wants = await _wants(session, changes, known.works)
        await marks.set_many(session, held, wants, act)
    return GradeImportOut(
        applied=not problems and not wish.dry_run,
        rows=len(entries),
        changes=[_shown(change) for change in changes[:MAX_CHANGES]],
        problems=problems[:MAX_PROBLEMS],
        more_problems=max(0, len(problems) - MAX_PROBLEMS),
    )


def plan(entries: Sequence[Entry], known: Known) -> tuple[list[Change], list[ImportProblem]]:
    """What a file asks for and what is wrong with it. Pure."""
    changes: list[Change] = []
    problems: list[ImportProblem] = []
    seen: set[str] = set()
    for entry in entries:
        fault = _fault(entry, known, seen)
        seen.add(entry.student_code)
        if fault is not None:
            problems.append(fault)
            continue
        for found in _of_entry(entry, known):
            if isinstance(found, Change):
                changes.append(found)
            else:
                problems.append(found)
    if len(changes) > MAX_CHANGES:
        # First of all: only so many are named.
        problems.insert(0, _problem(1, "", "too_many_changes", f"at most {MAX_CHANGES} at once"))
    return changes, problems


def _fault(entry: Entry, known: Known, seen: set[str]) -> ImportProblem | None:
    if entry.student_code not in known.students:
        detail = "no student of this class has this code"
        return _problem(entry.line, files.CODE, "unknown_student", detail)
    if entry.student_code in seen:
        return _problem(entry.line, files.CODE, "repeated_student", "stands there already")
    return None


def _of_entry(entry: Entry, known: Known) -> Iterator[Change | ImportProblem]:
    student_id = known.students[entry.student_code]
    for item_id, text in entry.cells:
        item = known.items.get(item_id)
        if item is None:
            yield _problem(entry.line, str(item_id), "unknown_column", "no column of this class")
            continue
        mark = known.marks.get((item_id, student_id), BLANK)
        try:
            total = _total(text, item)
        except _Wrong as wrong:
            yield _problem(entry.line, item["title"], wrong.code, wrong.detail)
            continue
        now = None if mark["excused"] else mark["total"]
        if total != now or mark["excused"] != (total is None):
            yield Change(entry, item, student_id, mark, total)


def _total(text: str, item: Row) -> Decimal | None:
    if text.lower() == EXCUSED:
        return None
    total = files.number(text)
    if total is None:
        raise _Wrong("not_a_number", "must be a number of at most two places, or `excused`")
    if total > item["points"]:
        raise _Wrong("above_maximum", f"at most {item['points']} points")
    return total


async def _known(
    session: AsyncSession, reads: Reads, user: Principal, study_session_id: UUID, now: datetime
) -> tuple[Known, Mapping[UUID, Marked]]:
    """What there is, once nobody can mark in this class's columns any more, and these."""
    items = await repository.list_items(reads, study_session_id, now)
    held = await mark_rows.hold_all(session, [item["id"] for item in items])
    students = await repository.list_all_students(reads, user, study_session_id, MAX_ROWS)
    ids = [student["student_id"] for student in students]
    rows = await repository.list_marks(reads, study_session_id, ids, None, helped=True)
    works = await repository.list_handed_in(reads, study_session_id, ids, now)
    known = Known(
        {item["id"]: item for item in items if item["id"] in held},
        {student["student_code"]: student["student_id"] for student in students},
        {(row["item_id"], row["student_id"]): row for row in rows},
        works,
    )
    return known, held


async def _wants(
    session: AsyncSession,
    changes: Sequence[Change],
    works: Mapping[tuple[UUID, UUID], UUID],
) -> list[marks.Want]:
    """What cells ask for, in the order in which it is done and told."""
    ids = [change.mark["id"] for change in changes if change.mark["id"] is not None]
    parts = await mark_rows.parts_of(session, ids)
    found = []
    for one in sorted(changes, key=lambda change: (change.item["id"], change.student_id)):
        place = (one.item["id"], one.student_id)
        work = None
        if one.total is not None:
            made = adjusted(parts.get(one.mark["id"], []), one.total, one.item["points"])
            work = marks.Work(works.get(place, one.mark["work_id"]), made)
        found.append(marks.Want(*place, one.total is None, work))
    return found


def adjusted(old: Sequence[Part], total: Decimal, maximum: Decimal) -> list[Part]:
    """Parts that come to a total: one number for a work without parts; else those that there are,
    with an adjustment. Open parts count nothing then.
    """
    kept = [part for part in old if part.key != ADJUSTMENT]
    if [part.key for part in kept] in ([], [WHOLE]):
        return [Part(WHOLE, total, maximum, PartSource.IMPORT)]
    known = [
        part
        if part.points is not None
        else Part(part.key, Decimal(0), part.maximum, PartSource.IMPORT, part.rule, part.note)
        for part in kept
    ]
    missing = total - sum((part.points or Decimal(0) for part in known), Decimal(0))
    if not missing:
        return known
    return [*known, Part(ADJUSTMENT, missing, Decimal(0), PartSource.IMPORT)]


def _shown(change: Change) -> ImportedCell:
    total = change.mark["total"]
    before = "" if total is None else str(total)
    return ImportedCell(
        line=change.entry.line,
        student_code=change.entry.student_code,
        item_id=change.item["id"],
        before=EXCUSED if change.mark["excused"] else before,
        after=EXCUSED if change.total is None else str(change.total),
    )


def _problem(line: int, column: str, code: str, detail: str) -> ImportProblem:
    return ImportProblem(line=line, column=column, code=code, detail=detail)
