"""Queries for files of work. Permission is part of every query of a person's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.materials.models import GIVES_UP, LINGERS
from session_service.materials.schemas import VersionState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.tasks.errors import TaskNotFound
from session_service.tasks.models import Task
from session_service.tasks.repository import IS_PUBLISHED
from session_service.work_files.errors import WorkFileNotFound
from session_service.work_files.models import WorkFile
from session_service.work_files.schemas import WorkFileOut

COUNTED = (VersionState.ASKED, VersionState.PENDING, VersionState.READY)
"""What takes room: kept, or perhaps about to be."""
_CALLER = bindparam("caller", type_=Uuid())
_OF_CLASS = WorkFile.study_session_id
_HELPED = taught_by(_CALLER, HELPERS, _OF_CLASS)
_NOT_GONE = WorkFile.state != VersionState.GONE.value
_IS_READY = WorkFile.state == VersionState.READY.value


def _visible() -> ColumnElement[bool]:
    """A task's files for all who see the task; a student's own; what was handed in for who teaches,
    helps, or observes the student.
    """
    learned = or_(attended_by(_CALLER, _OF_CLASS), observed_by(_CALLER, _OF_CLASS))
    of_task = or_(_HELPED, and_(learned, IS_PUBLISHED, _IS_READY))
    observed = observed_by(_CALLER, _OF_CLASS, WorkFile.student_id)
    handed_in = and_(WorkFile.handed_in_at.is_not(None), or_(_HELPED, observed))
    own = WorkFile.student_id == _CALLER
    return and_(_NOT_GONE, or_(and_(WorkFile.student_id.is_(None), of_task), own, handed_in))


_SHOWN = (
    select(*columns_of(WorkFile, WorkFileOut))
    .join(Task, Task.id == WorkFile.task_id)
    .where(_visible())
)
_PAGE = PageQuery(_SHOWN.where(Task.id == bindparam("task_id")), WorkFile.id)
_READY = Query(_SHOWN.where(WorkFile.id == bindparam("file_id"), _IS_READY))
_HAND_IN = Statement(
    update(WorkFile)
    .where(
        WorkFile.id == func.any(bindparam("file_ids", type_=ARRAY(Uuid()))),
        WorkFile.task_id == bindparam("task_id"),
        WorkFile.student_id == bindparam("student_id"),
        _IS_READY,
    )
    .values(
        handed_in_at=func.coalesce(
            WorkFile.handed_in_at, bindparam("now", type_=DateTime(timezone=True))
        )
    )
    .returning(WorkFile.id)
)


async def add(session: AsyncSession, file: WorkFile) -> None:
    """Adds a file."""
    session.add(file)
    await session.flush()


async def lock_place(
    session: AsyncSession, user: Principal, task_id: UUID
) -> tuple[UUID, UUID | None]:
    """The class of a task, and whose file a new one of the caller's would be: the task's when the
    caller teaches it, else the student's; the task, or the student's place, is locked. Raises
    `TaskNotFound`.
    """
    taught = select(Task.study_session_id).where(
        Task.id == task_id, taught_by(user.account_id, column=Task.study_session_id)
    )
    found = await session.scalar(taught.with_for_update())
    if found is not None:
        return found, None
    attended = (
        select(Membership.study_session_id)
        .join(Task, Task.study_session_id == Membership.study_session_id)
        .where(
            Task.id == task_id,
            IS_PUBLISHED,
            Membership.student_id == user.account_id,
            Membership.state == MembershipState.APPROVED.value,
        )
        .with_for_update(of=Membership)
    )
    found = await session.scalar(attended)
    if found is None:
        raise TaskNotFound
    return found, user.account_id


async def count(session: AsyncSession, task_id: UUID, student_id: UUID | None) -> int:
    """How many files a task, or a student for it, has or awaits; what was handed in takes no room,
    so that a student may hand in other files when the work is given back.
    """
    found = await session.scalar(
        select(func.count()).where(
            WorkFile.task_id == task_id,
            WorkFile.student_id.is_not_distinct_from(student_id),
            WorkFile.state.in_(COUNTED),
            WorkFile.handed_in_at.is_(None),
        )
    )
    return int(found or 0)


async def lock_own(session: AsyncSession, user: Principal, file_id: UUID) -> WorkFile:
    """A file of the caller's own, or one of a task that the caller teaches, locked. Raises
    `WorkFileNotFound`.
    """
    taught = taught_by(user.account_id, column=WorkFile.study_session_id)
    file = await session.scalar(
        select(WorkFile)
        .where(
            WorkFile.id == file_id,
            _NOT_GONE,
            or_(
                WorkFile.student_id == user.account_id,
                and_(WorkFile.student_id.is_(None), taught),
            ),
        )
        .with_for_update()
    )
    if file is None:
        raise WorkFileNotFound
    return file


async def hand_in(
    session: Transaction, user: Principal, task_id: UUID, file_ids: Sequence[UUID], now: datetime
) -> int:
    """Notes that files of the caller's are part of what is handed in; returns how many of them are
    ready for that.
    """
    rows = await _HAND_IN.run(
        session, file_ids=list(file_ids), task_id=task_id, student_id=user.account_id, now=now
    )
    return len(rows)


async def get_ready(reads: Reads, user: Principal, file_id: UUID) -> Row:
    """A file that the caller may download. Raises `WorkFileNotFound`."""
    found = await _READY.first(reads, caller=user.account_id, file_id=file_id)
    if found is None:
        raise WorkFileNotFound
    return found


async def list_page(reads: Reads, user: Principal, task_id: UUID, page: PageRequest) -> RowPage:
    """A task's files that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, task_id=task_id)


async def find(session: AsyncSession, file_id: UUID) -> WorkFile | None:
    """A file, for jobs."""
    return await session.get(WorkFile, file_id)


async def lock(session: AsyncSession, file_id: UUID) -> WorkFile | None:
    """A file as it is now, locked, for jobs."""
    return await session.get(WorkFile, file_id, with_for_update=True, populate_existing=True)


async def list_unswept(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Files whose last sweep is due, and those of deleted tasks, oldest first."""
    settled = or_(
        WorkFile.state != VersionState.PENDING.value, WorkFile.completed_at <= now - GIVES_UP
    )
    due = and_(WorkFile.swept_at.is_(None), WorkFile.asked_at <= now - LINGERS, settled)
    orphaned = and_(WorkFile.task_id.is_(None), WorkFile.asked_at <= now - LINGERS)
    statement = select(WorkFile.id).where(or_(due, orphaned)).order_by(WorkFile.asked_at)
    return (await session.scalars(statement.limit(limit))).all()


async def remove_refused(session: AsyncSession, before: datetime) -> None:
    """Forgets refusals of which nothing else is left."""
    await session.execute(
        delete(WorkFile).where(
            WorkFile.state == VersionState.REFUSED.value, WorkFile.swept_at < before
        )
    )


async def remove(session: AsyncSession, file: WorkFile) -> None:
    """Forgets a file."""
    await session.delete(file)


async def get_class(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """The class of a file that was found with permission."""
    return await session.get_one(StudySession, study_session_id)
