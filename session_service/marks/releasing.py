"""Showing marks and hiding them again (S-A12), for all that do so."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.session_marks import MarksReleased
from session_service.marks import repository
from session_service.marks.models import Mark, Release, ReleasedMark
from session_service.marks.schemas import ChangeKind
from session_service.marks.trail import Act, Before, entry


async def show(
    session: AsyncSession, release: Release, marks: Sequence[Mark], session_code: str
) -> None:
    """Shows these drafts, which are locked, in one release; each student is told once."""
    session.add(release)
    await session.flush()
    act = Act(release.released_by, "", release.released_at)
    told: dict[object, list[Mark]] = defaultdict(list)
    for mark in marks:
        before = Before.of(mark)
        mark.released_at = release.released_at
        mark.settle(has_parts=True)
        await _note(session, mark, ChangeKind.RELEASED, before, act)
        told[mark.student_id].append(mark)
    rows = [
        ReleasedMark(release_id=release.id, mark_id=mark.id, number=mark.revision) for mark in marks
    ]
    session.add_all(rows)
    await session.flush()
    events = [_event(release, of_one, session_code) for of_one in told.values()]
    await outbox.publish(session, *events)


async def hide(session: AsyncSession, marks: Sequence[Mark], act: Act) -> None:
    """Hides these marks, which are locked, as drafts again."""
    for mark in marks:
        before = Before.of(mark)
        mark.released_at = None
        mark.settle(has_parts=True)
        await _note(session, mark, ChangeKind.HIDDEN, before, act)


async def _note(
    session: AsyncSession, mark: Mark, kind: ChangeKind, before: Before, act: Act
) -> None:
    parts = await repository.list_parts(session, mark.id)
    change, word = entry(mark, kind, before, parts, act)
    await repository.add_change(session, change, word)


def _event(release: Release, marks: Sequence[Mark], session_code: str) -> MarksReleased:
    return MarksReleased(
        study_session_id=release.study_session_id,
        session_code=session_code,
        release_id=release.id,
        student_id=marks[0].student_id,
        item_ids=[mark.item_id for mark in marks],
        mark_ids=[mark.id for mark in marks],
        revision=release.revision,
    )
