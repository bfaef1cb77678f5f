"""Showing marks and hiding them again (S-A12), for all that do so."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

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
    act = Act(release.released_by, "", release.released_at)
    await _settle(session, marks, ChangeKind.RELEASED, release.released_at, act)
    session.add(release)
    await session.flush()
    told: dict[UUID, list[Mark]] = defaultdict(list)
    for mark in marks:
        told[mark.student_id].append(mark)
        shown = ReleasedMark(release_id=release.id, mark_id=mark.id, number=mark.revision)
        session.add(shown)
    await session.flush()
    events = [_event(release, of_one, session_code) for of_one in told.values()]
    await outbox.publish(session, *events)


async def hide(session: AsyncSession, marks: Sequence[Mark], act: Act) -> None:
    """Hides these marks, which are locked, as drafts again."""
    await _settle(session, marks, ChangeKind.HIDDEN, None, act)


async def _settle(
    session: AsyncSession, marks: Sequence[Mark], kind: ChangeKind, at: datetime | None, act: Act
) -> None:
    parts = await repository.parts_of(session, [mark.id for mark in marks])
    for mark in marks:
        before, mark.released_at = Before.of(mark), at
        mark.settle(has_parts=True)
        change, _ = entry(mark, kind, before, parts[mark.id], act)
        session.add(change)
    await session.flush()


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
