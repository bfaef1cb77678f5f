"""What one change does to a mark that is locked, before anything of it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from libs.events.base import Event
from libs.events.session import MarkReleased
from libs.events.session_marks import MarkChanged, MarksReleased
from session_service.grade_items.schemas import ItemKind
from session_service.late_policies.rules import Penalty
from session_service.marks.models import Mark, MarkChange, MarkWord
from session_service.marks.repository import Marked
from session_service.marks.rules import Part, add_up, half_up
from session_service.marks.schemas import ChangeKind, MarkState
from session_service.marks.trail import Act, Before, entry


@dataclass(frozen=True, slots=True)
class Work:
    """A work as it is marked: all its parts, and what lateness costs. `work_id` is the submission
    or attempt, null where nothing is handed in. `comment` is null to leave the one that is there;
    `seen` is an `If-Match` header, for those that must not overwrite what they have not seen.
    """

    work_id: UUID | None
    parts: Sequence[Part]
    penalty: Penalty | None = None
    comment: str | None = None
    seen: str | None = None


class Want(NamedTuple):
    """What becomes of one student's mark for one item: excused or not, and marked so unless `work`
    is null.
    """

    item_id: UUID
    student_id: UUID
    excused: bool
    work: Work | None


class Step(NamedTuple):
    """A change of a mark: the entry of its trail, its parts unless they stay, and what its student
    hears.
    """

    mark: Mark
    change: MarkChange
    word: MarkWord | None
    parts: Sequence[Part] | None
    event: Event | None


def marked(held: Marked, mark: Mark, old: Sequence[Part], work: Work, act: Act) -> Step | None:
    """Marks a work; null if that is no news."""
    parts = [_rounded(part) for part in work.parts]
    if (list(old), mark.penalty, mark.work_id) == (parts, work.penalty, work.work_id) and (
        work.comment in (None, mark.comment) and mark.revision
    ):
        return None
    before = Before.of(mark)
    mark.work_id, mark.marked_by, mark.marked_at = work.work_id, act.by, act.now
    mark.comment = mark.comment if work.comment is None else work.comment
    found = add_up(parts, work.penalty)
    if held.item.releases_at_once and mark.released_at is None and found.total is not None:
        mark.released_at = act.now
    mark.count(parts, work.penalty, found)
    change, word = entry(mark, ChangeKind.MARKED, before, parts, act)
    event = _news(held, mark, before)
    return Step(mark, change, word, None if list(old) == parts else parts, event)


def excused(held: Marked, mark: Mark, parts: Sequence[Part], *, excused: bool, act: Act) -> Step:
    """Excuses a student, or takes that back; parts stay."""
    before, mark.excused = Before.of(mark), excused
    kind = ChangeKind.EXCUSED if excused else ChangeKind.UNEXCUSED
    change, word = entry(mark, kind, before, parts, act)
    return Step(mark, change, word, None, changed(held, mark) if mark.is_released else None)


def wanted(held: Marked, mark: Mark, parts: Sequence[Part], want: Want, act: Act) -> list[Step]:
    """First whether the student is excused, then the mark."""
    found = []
    if mark.excused != want.excused:
        found.append(excused(held, mark, parts, excused=want.excused, act=act))
    step = None if want.work is None else marked(held, mark, parts, want.work, act)
    return found if step is None else [*found, step]


def _rounded(part: Part) -> Part:
    points = None if part.points is None else half_up(part.points)
    return replace(part, points=points, maximum=half_up(part.maximum))


def _news(held: Marked, mark: Mark, before: Before) -> Event | None:
    """What tells the student of what may be seen now; an excused one has no mark to see."""
    if not mark.is_released or mark.excused:
        return None
    return changed(held, mark) if before.state == MarkState.RELEASED else _shown(held, mark)


def changed(held: Marked, mark: Mark) -> MarkChanged:
    """That a mark which was seen is another one."""
    return MarkChanged(
        study_session_id=mark.study_session_id,
        session_code=held.session_code,
        mark_id=mark.id,
        item_id=mark.item_id,
        student_id=mark.student_id,
        revision=mark.revision,
    )


def _shown(held: Marked, mark: Mark) -> Event:
    if held.item.kind == ItemKind.TASK and mark.work_id is not None:
        return MarkReleased(
            study_session_id=mark.study_session_id,
            session_code=held.session_code,
            mark_id=mark.id,
            submission_id=mark.work_id,
            task_id=mark.item_id,
            student_id=mark.student_id,
            revision=mark.revision,
        )
    return MarksReleased(
        study_session_id=mark.study_session_id,
        session_code=held.session_code,
        release_id=mark.id,
        student_id=mark.student_id,
        item_ids=[mark.item_id],
        mark_ids=[mark.id],
        revision=mark.revision,
    )
