"""Queries for tasks and submissions. Permission is part of every query."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.pagination import PageRequest, newest_first
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.tasks.errors import SubmissionNotFound, TaskNotFound
from session_service.tasks.models import Submission, Task


def _taught_by(user: Principal) -> ColumnElement[bool]:
    return Task.study_session_id.in_(
        select(StudySession.id).where(StudySession.tutor_id == user.account_id)
    )


def _joined_by(user: Principal) -> ColumnElement[bool]:
    return Task.study_session_id.in_(
        select(Membership.study_session_id).where(
            Membership.student_id == user.account_id,
            Membership.state == MembershipState.APPROVED,
        )
    )


def visible_to(user: Principal) -> Select[Task]:
    """The tasks of classes that the caller teaches or is a member of."""
    return select(Task).where(or_(_taught_by(user), _joined_by(user)))


async def add(session: AsyncSession, row: Task | Submission) -> None:
    """Adds a task or a submission."""
    session.add(row)
    await session.flush()


async def get_for(session: AsyncSession, user: Principal, task_id: UUID) -> Task:
    """A task that the caller may see. Raises `TaskNotFound`."""
    found = await session.scalar(visible_to(user).where(Task.id == task_id))
    if found is None:
        raise TaskNotFound
    return found


async def lock_joined(
    session: AsyncSession, user: Principal, task_id: UUID
) -> tuple[Task, StudySession]:
    """A task that the caller, a student, may work on, and its class; the student's own place in the
    class is locked, so that two versions get two numbers. Raises `TaskNotFound`.
    """
    row = (
        await session.execute(
            select(Task, StudySession)
            .join(StudySession, StudySession.id == Task.study_session_id)
            .join(Membership, Membership.study_session_id == StudySession.id)
            .where(
                Task.id == task_id,
                Membership.student_id == user.account_id,
                Membership.state == MembershipState.APPROVED,
            )
            .with_for_update(of=Membership)
        )
    ).first()
    if row is None:
        raise TaskNotFound
    return row[0], row[1]


async def count_versions(session: AsyncSession, task_id: UUID, student_id: UUID) -> int:
    """How many versions a student has handed in."""
    statement = select(func.count()).where(
        Submission.task_id == task_id, Submission.student_id == student_id
    )
    return await session.scalar(statement) or 0


async def list_page(
    session: AsyncSession, user: Principal, study_session_id: UUID | None, page: PageRequest
) -> Sequence[Task]:
    """Tasks that the caller may see, newest first."""
    statement = visible_to(user)
    if study_session_id is not None:
        statement = statement.where(Task.study_session_id == study_session_id)
    return (await session.scalars(newest_first(statement, Task.id, page))).all()


def _submissions_for(user: Principal) -> Select[Submission]:
    """Own submissions, and those to tasks that the caller teaches."""
    return (
        select(Submission)
        .join(Task, Task.id == Submission.task_id)
        .where(or_(Submission.student_id == user.account_id, _taught_by(user)))
    )


async def list_submissions(
    session: AsyncSession, user: Principal, task_id: UUID, page: PageRequest
) -> Sequence[Submission]:
    """A task's submissions that the caller may see, newest first."""
    statement = _submissions_for(user).where(Submission.task_id == task_id)
    return (await session.scalars(newest_first(statement, Submission.id, page))).all()


async def get_submission(session: AsyncSession, user: Principal, submission_id: UUID) -> Submission:
    """A submission that the caller may see. Raises `SubmissionNotFound`."""
    found = await session.scalar(_submissions_for(user).where(Submission.id == submission_id))
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
