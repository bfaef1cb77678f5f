"""Queries for releases of marks. Permission is part of every query of a person's."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ReleaseRule
from session_service.marks.models import Mark, Release, ReleasedMark
from session_service.marks.schemas import MarkState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.releases.errors import ReleaseNotFound
from session_service.releases.schemas import UNDO, ReleaseOut

_CALLER = bindparam("caller", type_=Uuid())
_COUNT = (
    select(func.count())
    .where(ReleasedMark.release_id == Release.id)
    .correlate(Release)
    .scalar_subquery()
)
_SHOWN = select(
    *columns_of(Release, ReleaseOut, without=("undo_until", "marks")),
    (Release.released_at + UNDO).label("undo_until"),
    _COUNT.label("marks"),
)
_PAGE = PageQuery(
    _SHOWN.where(
        Release.study_session_id == bindparam("study_session_id"),
        taught_by(_CALLER, HELPERS, Release.study_session_id),
    ),
    Release.id,
)


async def list_drafts(
    session: AsyncSession,
    study_session_id: UUID,
    item_ids: Collection[UUID],
    mark_ids: Collection[UUID],
) -> Sequence[tuple[UUID, UUID]]:
    """The whole drafts of a class among these that are not excused, as item and mark, in the order
    of the items.
    """
    rows = await session.execute(
        select(Mark.item_id, Mark.id)
        .where(
            Mark.study_session_id == study_session_id,
            Mark.state == MarkState.DRAFT.value,
            ~Mark.excused,
            or_(Mark.item_id.in_(item_ids), Mark.id.in_(mark_ids)),
        )
        .order_by(Mark.item_id, Mark.id)
    )
    return [(item_id, mark_id) for item_id, mark_id in rows]


async def lock_taught(session: AsyncSession, user: Principal, release_id: UUID) -> Release:
    """A release in a class that the caller teaches, locked. Raises `ReleaseNotFound`."""
    found = await session.scalar(
        select(Release)
        .where(
            Release.id == release_id, taught_by(user.account_id, column=Release.study_session_id)
        )
        .with_for_update()
    )
    if found is None:
        raise ReleaseNotFound
    return found


async def list_shown(session: AsyncSession, release_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """The marks of a release that are shown still, or would be once they are whole again, as item
    and mark, in the order of the items.
    """
    rows = await session.execute(
        select(Mark.item_id, Mark.id)
        .join(ReleasedMark, ReleasedMark.mark_id == Mark.id)
        .where(ReleasedMark.release_id == release_id, Mark.released_at.is_not(None))
        .order_by(Mark.item_id, Mark.id)
    )
    return [(item_id, mark_id) for item_id, mark_id in rows]


async def list_waiting(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[UUID]:
    """The items, among those for which this holds, whose marks wait for all to be there."""
    draft = exists().where(
        Mark.item_id == GradeItem.id, Mark.state == MarkState.DRAFT.value, ~Mark.excused
    )
    statement = (
        select(GradeItem.id)
        .where(GradeItem.release == ReleaseRule.WHEN_ALL_MARKED.value, draft, *where)
        .order_by(GradeItem.id)
    )
    return (await session.scalars(statement)).all()


def of_class(study_session_id: UUID) -> ColumnElement[bool]:
    """That an item is one of this class."""
    return GradeItem.study_session_id == study_session_id


def of_classes_of(student_id: UUID) -> ColumnElement[bool]:
    """That an item is one of a class that this student attends."""
    attended = select(Membership.study_session_id).where(
        Membership.student_id == student_id, Membership.state == MembershipState.APPROVED.value
    )
    return GradeItem.study_session_id.in_(attended)


async def count(session: AsyncSession, release_id: UUID) -> int:
    """How many marks a release has shown."""
    statement = select(func.count()).where(ReleasedMark.release_id == release_id)
    return (await session.execute(statement)).scalar_one()


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """The releases of a class in which the caller teaches or helps, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)
