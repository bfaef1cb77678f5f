"""Queries for tasks and submissions. Permission is part of every query."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.pagination import PageRequest, newest_first
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.tasks.errors import SubmissionNotFound, TaskNotFound
from session_service.tasks.models import Submission, Task

# Statements that do not change are made once: building one costs more than sending it.
_CALLER = bindparam("caller", type_=Uuid())
_TAUGHT = Task.study_session_id.in_(select(StudySession.id).where(StudySession.tutor_id == _CALLER))
_JOINED = Task.study_session_id.in_(
    select(Membership.study_session_id).where(
        Membership.student_id == _CALLER, Membership.state == MembershipState.APPROVED
    )
)
_VISIBLE = select(Task).where(or_(_TAUGHT, _JOINED))
"""The tasks of classes that the caller teaches or is a member of."""
_VISIBLE_ONE = _VISIBLE.where(Task.id == bindparam("task_id"))
_JOINED_ONE = (
    select(Task, StudySession)
    .join(StudySession, StudySession.id == Task.study_session_id)
    .join(Membership, Membership.study_session_id == StudySession.id)
    .where(
        Task.id == bindparam("task_id"),
        Membership.student_id == _CALLER,
        Membership.state == MembershipState.APPROVED,
    )
    .with_for_update(of=Membership)
)
_VERSIONS = select(func.count()).where(
    Submission.task_id == bindparam("task_id"), Submission.student_id == bindparam("student_id")
)
_OWN_OR_TAUGHT = (
    select(Submission)
    .join(Task, Task.id == Submission.task_id)
    .where(or_(Submission.student_id == _CALLER, _TAUGHT))
)
"""Own submissions, and those to tasks that the caller teaches."""


async def add(session: AsyncSession, row: Task | Submission) -> None:
    """Adds a task or a submission."""
    session.add(row)
    await session.flush()


async def get_for(session: AsyncSession, user: Principal, task_id: UUID) -> Task:
    """A task that the caller may see. Raises `TaskNotFound`."""
    wanted = {"caller": user.account_id, "task_id": task_id}
    found = await session.scalar(_VISIBLE_ONE, wanted)
    if found is None:
        raise TaskNotFound
    return found


async def lock_joined(
    session: AsyncSession, user: Principal, task_id: UUID
) -> tuple[Task, StudySession]:
    """A task that the caller, a student, may work on, and its class; the student's own place in the
    class is locked, so that two versions get two numbers. Raises `TaskNotFound`.
    """
    wanted = {"caller": user.account_id, "task_id": task_id}
    row = (await session.execute(_JOINED_ONE, wanted)).first()
    if row is None:
        raise TaskNotFound
    return row[0], row[1]


async def count_versions(session: AsyncSession, task_id: UUID, student_id: UUID) -> int:
    """How many versions a student has handed in."""
    wanted = {"task_id": task_id, "student_id": student_id}
    return await session.scalar(_VERSIONS, wanted) or 0


async def list_page(
    session: AsyncSession, user: Principal, study_session_id: UUID | None, page: PageRequest
) -> Sequence[Task]:
    """Tasks that the caller may see, newest first."""
    statement = _VISIBLE
    if study_session_id is not None:
        statement = statement.where(Task.study_session_id == study_session_id)
    rows = newest_first(statement, Task.id, page)
    return (await session.scalars(rows, {"caller": user.account_id})).all()


async def list_submissions(
    session: AsyncSession, user: Principal, task_id: UUID, page: PageRequest
) -> Sequence[Submission]:
    """A task's submissions that the caller may see, newest first."""
    rows = newest_first(_OWN_OR_TAUGHT.where(Submission.task_id == task_id), Submission.id, page)
    return (await session.scalars(rows, {"caller": user.account_id})).all()


async def get_submission(session: AsyncSession, user: Principal, submission_id: UUID) -> Submission:
    """A submission that the caller may see. Raises `SubmissionNotFound`."""
    wanted = _OWN_OR_TAUGHT.where(Submission.id == submission_id)
    found = await session.scalar(wanted, {"caller": user.account_id})
    if found is None:
        raise SubmissionNotFound
    return found


async def lock_taught_submission(
    session: AsyncSession, user: Principal, submission_id: UUID
) -> tuple[Submission, Task, StudySession]:
    """A submission to a task that the caller teaches, locked. Raises `SubmissionNotFound`."""
    row = (
        await session.execute(
            select(Submission, Task, StudySession)
            .join(Task, Task.id == Submission.task_id)
            .join(StudySession, StudySession.id == Task.study_session_id)
            .where(Submission.id == submission_id, StudySession.tutor_id == user.account_id)
            .with_for_update(of=Submission)
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    return row[0], row[1], row[2]
