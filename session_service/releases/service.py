"""The rules of releases (S11, S-A12): one transaction per batch, one word to each student."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.grade_items.models import GradeItem
from session_service.marks import releasing
from session_service.marks import repository as marks
from session_service.marks import service as marking
from session_service.marks.models import Mark, Release
from session_service.marks.schemas import MarkState
from session_service.marks.trail import Act
from session_service.releases import repository
from session_service.releases.errors import NothingToRelease, ReleaseSettled, ReleaseUndone
from session_service.releases.schemas import UNDO, ReleaseCreate, ReleaseOut
from session_service.study_sessions import repository as study_sessions


async def release(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: ReleaseCreate,
    now: datetime,
) -> ReleaseOut:
    """Shows the whole drafts among those named, all or none. Raises `StudySessionNotFound`, or
    `NothingToRelease`.
    """
    taught = await study_sessions.get_taught(session, user, study_session_id)
    found = await repository.list_drafts(
        session, study_session_id, wanted.item_ids, wanted.mark_ids
    )
    locked = await _lock(session, found)
    drafts = [mark for mark in locked if mark.state == MarkState.DRAFT and not mark.excused]
    if not drafts:
        raise NothingToRelease
    made = Release(
        id=new_id(), study_session_id=study_session_id, released_by=user.account_id,
        released_at=now, undone_by=None, undone_at=None, revision=1,
    )  # fmt: skip
    await releasing.show(session, made, drafts, taught.session_code)
    return _shown(made, len(drafts))


async def undo(
    session: AsyncSession, user: Principal, release_id: UUID, now: datetime
) -> ReleaseOut:
    """Hides a release's marks again, within ten minutes; the trail keeps both.

    Raises `ReleaseNotFound`, `ReleaseUndone` or `ReleaseSettled`.
    """
    made = await repository.lock_taught(session, user, release_id)
    if made.undone_at is not None:
        raise ReleaseUndone
    if now > made.released_at + UNDO:
        raise ReleaseSettled
    locked = await _lock(session, await repository.list_shown(session, made.id))
    shown = [mark for mark in locked if mark.released_at is not None]
    made.undone_by, made.undone_at = user.account_id, now
    made.revision += 1
    await releasing.hide(session, shown, Act(user.account_id, "", now))
    return _shown(made, await repository.count(session, made.id))


async def ask_again_in_class(session: AsyncSession, study_session_id: UUID) -> None:
    """Shows what waits for all in a class of which somebody was the last to be marked, and is gone.
    Repeatable.
    """
    await _ask_again(session, repository.of_class(study_session_id))


async def ask_again_without(session: AsyncSession, student_id: UUID) -> None:
    """Shows what waits for all in the classes of a student who is erased. Repeatable."""
    await _ask_again(session, repository.of_classes_of(student_id))


async def ask_again(session: AsyncSession, item_id: UUID) -> None:
    """Shows what waits for all in a column whose rule has changed. Repeatable."""
    await _ask_again(session, GradeItem.id == item_id)


async def _ask_again(session: AsyncSession, *where: ColumnElement[bool]) -> None:
    now: datetime = session.info["clock"].now()
    for item_id in await repository.list_waiting(session, *where):
        await marking.release_if_all(session, item_id, now)


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a class's releases. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, page)


async def _lock(session: AsyncSession, found: Sequence[tuple[UUID, UUID]]) -> Sequence[Mark]:
    """These marks of these items, locked in the one order of all who change marks: the items, the
    marks by their ids.
    """
    for item_id in sorted({item_id for item_id, _ in found}):
        await marks.share(session, item_id)
    return await marks.lock_all(session, [mark_id for _, mark_id in found])


def _shown(made: Release, count: int) -> ReleaseOut:
    return ReleaseOut(
        id=made.id,
        study_session_id=made.study_session_id,
        released_by=made.released_by,
        released_at=made.released_at,
        undo_until=made.released_at + UNDO,
        undone_by=made.undone_by,
        undone_at=made.undone_at,
        marks=count,
    )
