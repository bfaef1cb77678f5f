"""Queries for tasks. Permission, and whether a task is published, are part of every query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.late_policies.models import NAMES, ClassLatePolicy
from session_service.late_policies.schemas import LatePolicyFields
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession, Taught
from session_service.study_sessions.schemas import State
from session_service.tasks.errors import TaskNotFound
from session_service.tasks.models import Task
from session_service.tasks.schemas import TaskOut, TaskState

# Statements are made once: building one costs more than sending it.
_CALLER = bindparam("caller", type_=Uuid())
HELPED = taught_by(_CALLER, HELPERS, Task.study_session_id)
IS_PUBLISHED = Task.state == TaskState.PUBLISHED.value
_LEARNED = or_(
    attended_by(_CALLER, Task.study_session_id), observed_by(_CALLER, Task.study_session_id)
)
VISIBLE = or_(HELPED, and_(IS_PUBLISHED, _LEARNED))
"""That the caller may see a task: all for who teaches or helps, what is published for who learns or
observes.
"""
_VISIBLE = select(*columns_of(Task, TaskOut)).where(VISIBLE)
_DETAIL = Query(
    _VISIBLE.add_columns(
        Task.revision, *(Task.__table__.c[name] for name in NAMES)
    ).where(Task.id == bindparam("task_id"))
)  # fmt: skip
_TASKS = PageQuery(
    _VISIBLE,
    Task.id,
    {
        "study_session_id": Task.study_session_id == bindparam("study_session_id"),
        "state": Task.state == bindparam("state"),
    },
)
_TAUGHT = Statement(
    select(
        StudySession.id.label("study_session_id"),
        StudySession.session_code,
        StudySession.tutor_id,
        StudySession.state,
        StudySession.paused_at,
        StudySession.zone,
        *(ClassLatePolicy.__table__.c[name] for name in NAMES),
    )
    .outerjoin(ClassLatePolicy, ClassLatePolicy.study_session_id == StudySession.id)
    .where(StudySession.id == bindparam("study_session_id"), taught_by(_CALLER))
)
_COLUMNS = list(Task.__table__.columns.keys())
_ADD = Statement(insert(Task).inline(), _COLUMNS)


@dataclass(frozen=True, slots=True)
class Place:
    """A class that the caller teaches, with what its new tasks get."""

    of: Taught
    zone: str
    late_policy: LatePolicyFields


async def get_place(session: AsyncSession, user: Principal, study_session_id: UUID) -> Place:
    """A class for a new task. Raises `StudySessionNotFound`."""
    rows = await _TAUGHT.run(session, caller=user.account_id, study_session_id=study_session_id)
    if not rows:
        raise StudySessionNotFound
    row = rows[0]
    policy = {name: row.pop(name) for name in NAMES}
    usual = policy["grace_minutes"] is None
    zone = row.pop("zone")
    fields = LatePolicyFields() if usual else LatePolicyFields(**policy)
    return Place(Taught(**row), zone, fields)


async def add(session: AsyncSession, task: Task) -> None:
    """Adds a task, of which every column is set."""
    await _ADD.run(session, **{name: getattr(task, name) for name in _COLUMNS})


async def get_for(reads: Reads, user: Principal, task_id: UUID) -> Row:
    """A task that the caller may see, with its revision and policy. Raises `TaskNotFound`."""
    found = await _DETAIL.first(reads, caller=user.account_id, task_id=task_id)
    if found is None:
        raise TaskNotFound
    return found


async def list_page(
    reads: Reads,
    user: Principal,
    page: PageRequest,
    study_session_id: UUID | None = None,
    state: TaskState | None = None,
) -> RowPage:
    """Tasks that the caller may see, newest first."""
    return await _TASKS.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id, state=state
    )


async def lock_taught(
    session: AsyncSession, user: Principal, task_id: UUID
) -> tuple[Task, StudySession]:
    """A task in a class that the caller teaches, locked, and the class. Raises `TaskNotFound`."""
    return await _lock(session, task_id, taught_by(user.account_id))


async def lock_helped(
    session: AsyncSession, user: Principal, task_id: UUID
) -> tuple[Task, StudySession]:
    """A task in a class in which the caller teaches or helps, locked, and the class. Raises
    `TaskNotFound`.
    """
    return await _lock(session, task_id, taught_by(user.account_id, HELPERS))


async def _lock(
    session: AsyncSession, task_id: UUID, *rights: ColumnElement[bool]
) -> tuple[Task, StudySession]:
    statement = (
        select(Task, StudySession)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(Task.id == task_id, *rights)
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        raise TaskNotFound
    return row[0], row[1]


async def lock_due(
    session: AsyncSession, task_id: UUID, now: datetime
) -> tuple[Task, StudySession] | None:
    """A task that is to be published still, locked, and its class."""
    statement = (
        select(Task, StudySession)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(Task.id == task_id, Task.publish_at <= now)
        .with_for_update(of=Task)
    )
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def list_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """What is to be published by now, longest due first. Classes that are not open wait."""
    statement = (
        select(Task.id)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(
            Task.publish_at <= now,
            StudySession.state == State.ACTIVE.value,
            StudySession.paused_at.is_(None),
        )
        .order_by(Task.publish_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def remove(session: AsyncSession, task_id: UUID) -> None:
    """Forgets a task, which is locked and was never published."""
    await session.execute(delete(Task).where(Task.id == task_id))
