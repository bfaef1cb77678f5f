"""The rules of marks. Whatever marks a work (a tutor, a rubric, the machine, an import) says the
parts here; the total is counted, never said.

Locks are taken in this order: the item, the mark. Who changes several marks of one item takes them
in the order of their ids.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.ids import new_id
from session_service.late_policies.rules import Penalty
from session_service.marks import releasing, repository, steps
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark, Release
from session_service.marks.repository import Marked
from session_service.marks.rules import Part, add_up
from session_service.marks.schemas import ChangeKind
from session_service.marks.steps import Step, Want, Work
from session_service.marks.trail import Act, Before, entry

__all__ = [
    "Act",
    "Part",
    "Want",
    "Work",
    "excuse",
    "release_if_all",
    "set_many",
    "set_parts",
    "set_penalties",
]


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
    step = steps.marked(held, mark, old, work, act)
    if step is not None:
        if step.parts is not None:
            await repository.replace_parts(session, {mark.id: step.parts})
        await _take(session, step)
        await _release_if_all(session, held, act)
    return mark


async def _take(session: AsyncSession, step: Step) -> None:
    await repository.add_change(session, step.change, step.word)
    if step.event is not None:
        await outbox.publish(session, step.event)


async def set_many(
    session: AsyncSession, held: Mapping[UUID, Marked], wants: Sequence[Want], act: Act
) -> None:
    """Does for many marks, of held items of one class, what `excuse` and `set_parts` do for one;
    takes the same number of statements however many there are.
    """
    marks = await repository.lock_places(
        session, held, [(one.item_id, one.student_id) for one in wants]
    )
    parts = await repository.parts_of(session, [mark.id for mark in marks.values()])
    found: list[Step] = []
    for one in wants:
        mark = marks[one.item_id, one.student_id]
        found += steps.wanted(held[one.item_id], mark, parts.get(mark.id, []), one, act)
    changed = {one.mark.id: one.mark for one in found}
    trail = [(one.change, one.word) for one in found]
    await repository.save_all(session, list(changed.values()), trail)
    news = {one.mark.id: one.parts for one in found if one.parts is not None}
    await repository.replace_parts(session, news)
    events = [one.event for one in found if one.event is not None]
    if events:
        await outbox.publish(session, *events)
    waiting = [one for one in held.values() if one.item.waits_for_all]
    if waiting and found:
        await _release_complete(session, waiting, act)


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
            news.append(steps.changed(held, mark))
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
    parts = await repository.list_parts(session, mark.id)
    await _take(session, steps.excused(held, mark, parts, excused=excused, act=act))
    await _release_if_all(session, held, act)
    return mark


async def release_if_all(session: AsyncSession, item_id: UUID, now: datetime) -> None:
    """Asks an item's rule anew, after somebody was let go or the rule has changed. Repeatable.
    Raises `GradeItemNotFound`.
    """
    held = await repository.share(session, item_id)
    await _release_if_all(session, held, Act(None, "", now))


async def _release_if_all(session: AsyncSession, held: Marked, act: Act) -> None:
    """Shows an item's marks when its rule waits for all and nobody is missing."""
    if held.item.waits_for_all:
        await _release_complete(session, [held], act)


async def _release_complete(session: AsyncSession, held: Sequence[Marked], act: Act) -> None:
    """Shows the marks of those of these items, of one class, in which nobody is missing."""
    complete = await repository.list_complete(session, [one.item.id for one in held])
    drafts = await repository.lock_drafts(session, complete) if complete else ()
    if drafts:
        of = held[0]
        release = Release(
            id=new_id(), study_session_id=of.item.study_session_id, released_by=None,
            released_at=act.now, undone_by=None, undone_at=None, revision=1,
        )  # fmt: skip
        await releasing.show(session, release, drafts, of.session_code)
