"""The rules of marks. Whatever marks a work (a tutor, a rubric, the machine, an import) says the
parts here; the total is counted, never said.

Locks are taken in this order: the item, the mark. Who changes several marks of one item takes them
in the order of their ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.events.base import Event
from libs.events.session import MarkReleased
from libs.events.session_marks import MarkChanged, MarksReleased
from libs.ids import new_id
from session_service.grade_items.schemas import ItemKind
from session_service.late_policies.rules import Penalty
from session_service.marks import releasing, repository
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark, Release
from session_service.marks.repository import Marked
from session_service.marks.rules import Part, add_up, half_up
from session_service.marks.schemas import ChangeKind, MarkState
from session_service.marks.trail import Act, Before, entry

__all__ = ["Act", "Part", "Work", "excuse", "release_if_all", "set_parts", "set_penalties"]


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


async def set_parts(
    session: AsyncSession, item_id: UUID, student_id: UUID, work: Work, act: Act
) -> Mark:
    """Puts these parts in the place of those that a student's mark has, and counts its total anew:
    the sum of the parts less the penalty, not below zero, half up (R2, R3). Said twice it is no
    news. The student sees it as the item's rule has it (S11); of what was seen before, the change
    is told.

    Raises `GradeItemNotFound`, or `Stale` when `work.seen` is another revision.
    """
    held = await repository.share(session, item_id)
    mark = await repository.lock(session, held.item, student_id)
    etags.check(work.seen, mark.revision)
    old = await repository.list_parts(session, mark.id)
    parts = [_rounded(part) for part in work.parts]
    if (old, mark.penalty, mark.work_id) == (parts, work.penalty, work.work_id) and (
        work.comment in (None, mark.comment) and mark.revision
    ):
        return mark
    before = Before.of(mark)
    mark.work_id, mark.marked_by, mark.marked_at = work.work_id, act.by, act.now
    mark.comment = mark.comment if work.comment is None else work.comment
    found = add_up(parts, work.penalty)
    if held.item.releases_at_once and mark.released_at is None and found.total is not None:
        mark.released_at = act.now
    mark.count(parts, work.penalty, found)
    if old != parts:
        await repository.save_parts(session, mark.id, parts)
    change, word = entry(mark, ChangeKind.MARKED, before, parts, act)
    await repository.add_change(session, change, word)
    await _tell(session, held, mark, before)
    await _release_if_all(session, held, act)
    return mark


async def set_penalties(
    session: AsyncSession, held: Marked, late: Mapping[UUID, Penalty | None], act: Act
) -> None:
    """Counts marks of an item, which is held, anew by other penalties, named by the marks' ids.
    Parts, and who gave them, stay; students hear of what they have seen.
    """
    locked = await repository.lock_all(session, late)
    found = [mark for mark in locked if mark.penalty != late[mark.id]]
    if not found:
        return
    parts = await repository.parts_of(session, [mark.id for mark in found])
    trail, news = [], []
    for mark in found:
        before, own = Before.of(mark), parts.get(mark.id, [])
        mark.count(own, late[mark.id], add_up(own, late[mark.id]))
        trail.append(entry(mark, ChangeKind.MARKED, before, own, act))
        if mark.is_released and not mark.excused and mark.total != before.total:
            news.append(_changed(held, mark))
    await repository.save_all(session, found, trail)
    if news:
        await outbox.publish(session, *news)


async def excuse(
    session: AsyncSession, item_id: UUID, student_id: UUID, *, excused: bool, act: Act
) -> Mark:
    """Excuses a student from an item, so that it counts nowhere, or takes that back; parts stay as
    they are. Raises `GradeItemNotFound`, or `MarkNotFound` where nothing can be taken back, for the
    student was never marked nor excused.
    """
    held = await repository.share(session, item_id)
    mark = await repository.lock(session, held.item, student_id)
    return await excuse_mark(session, held, mark, excused=excused, act=act)


async def excuse_mark(
    session: AsyncSession, held: Marked, mark: Mark, *, excused: bool, act: Act
) -> Mark:
    """As `excuse`, for a mark that is locked."""
    if not (excused or mark.revision):
        raise MarkNotFound
    if mark.excused == excused:
        return mark
    before, mark.excused = Before.of(mark), excused
    kind = ChangeKind.EXCUSED if excused else ChangeKind.UNEXCUSED
    parts = await repository.list_parts(session, mark.id)
    change, word = entry(mark, kind, before, parts, act)
    await repository.add_change(session, change, word)
    if mark.is_released:
        await outbox.publish(session, _changed(held, mark))
    await _release_if_all(session, held, act)
    return mark


async def release_if_all(session: AsyncSession, item_id: UUID, now: datetime) -> None:
    """Asks an item's rule anew, after somebody was let go or the rule has changed. Repeatable.
    Raises `GradeItemNotFound`.
    """
    held = await repository.share(session, item_id)
    await _release_if_all(session, held, Act(None, "", now))


def _rounded(part: Part) -> Part:
    points = None if part.points is None else half_up(part.points)
    return replace(part, points=points, maximum=half_up(part.maximum))


async def _tell(session: AsyncSession, held: Marked, mark: Mark, before: Before) -> None:
    """Tells the student of what may be seen now; an excused one has no mark to see."""
    if mark.is_released and not mark.excused:
        seen = before.state == MarkState.RELEASED
        event = _changed(held, mark) if seen else _shown(held, mark)
        await outbox.publish(session, event)


async def _release_if_all(session: AsyncSession, held: Marked, act: Act) -> None:
    """Shows an item's marks when its rule waits for all and nobody is missing."""
    if not held.item.waits_for_all or await repository.count_open(session, held.item):
        return
    drafts = await repository.lock_drafts(session, held.item.id)
    if drafts:
        release = Release(
            id=new_id(), study_session_id=held.item.study_session_id, released_by=None,
            released_at=act.now, undone_by=None, undone_at=None, revision=1,
        )  # fmt: skip
        await releasing.show(session, release, drafts, held.session_code)


def _changed(held: Marked, mark: Mark) -> MarkChanged:
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
