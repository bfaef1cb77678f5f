"""Queries for tasks and submissions. Permission is part of every query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Insert, Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.tasks.errors import SubmissionNotFound, TaskNotFound
from session_service.tasks.models import Assignment, Submission, Task
from session_service.tasks.schemas import SubmissionOut, TaskOut

# Statements are made once: building one costs more than sending it.
_CALLER = bindparam("caller", type_=Uuid())
_HELPED = taught_by(_CALLER, HELPERS, Task.study_session_id)
_JOINED = attended_by(_CALLER, Task.study_session_id)
_OBSERVED = observed_by(_CALLER, Task.study_session_id)
_VISIBLE = select(*columns_of(Task, TaskOut)).where(or_(_HELPED, _JOINED, _OBSERVED))
"""The tasks of classes in which the caller teaches, helps, learns or observes."""
_TASK = Query(_VISIBLE.where(Task.id == bindparam("task_id")))
_TASKS = PageQuery(
    _VISIBLE,
    Task.id,
    {"study_session_id": Task.study_session_id == bindparam("study_session_id")},
)
_LOCK_JOINED = Statement(
    select(
        Task.id.label("task_id"),
        Task.due_at,
        StudySession.id.label("study_session_id"),
        StudySession.session_code,
        StudySession.tutor_id,
        StudySession.state,
    )
    .join(StudySession, StudySession.id == Task.study_session_id)
    .join(Membership, Membership.study_session_id == StudySession.id)
    .where(
        Task.id == bindparam("task_id"),
        Membership.student_id == _CALLER,
        Membership.state == MembershipState.APPROVED,
    )
    .with_for_update(of=Membership)
)
_OWN_OR_TAUGHT = (
    select(*columns_of(Submission, SubmissionOut))
    .join(Task, Task.id == Submission.task_id)
    .where(
        or_(
            Submission.student_id == _CALLER,
            _HELPED,
            observed_by(_CALLER, Task.study_session_id, Submission.student_id),
        )
    )
)
"""Own submissions, those in classes in which the caller teaches or helps, and those of the student
whom the caller observes.
"""
_SUBMISSION = Query(_OWN_OR_TAUGHT.where(Submission.id == bindparam("submission_id")))
_SUBMISSIONS = PageQuery(_OWN_OR_TAUGHT.where(Task.id == bindparam("task_id")), Submission.id)
_ADD_TASK = Insert(Task)
_GIVEN = [Submission.__table__.c[name] for name in SubmissionOut.model_fields if name != "number"]
_ADD_VERSION = Statement(
    insert(Submission)
    .from_select(
        [*_GIVEN, Submission.number],
        select(*(bindparam(one.name, type_=one.type) for one in _GIVEN), func.count() + 1).where(
            Submission.task_id == bindparam("task_id"),
            Submission.student_id == bindparam("student_id"),
        ),
    )
    .returning(Submission.number)
)


async def add(session: AsyncSession, task: Task) -> None:
    """Adds a task."""
    await _ADD_TASK.add(session, task)


async def add_version(
    session: Transaction, user: Principal, task_id: UUID, body: str, now: datetime
) -> SubmissionOut:
    """Adds the next version of a student's work on a task; the student's place in the class is
    locked.
    """
    values: Row = {
        "id": new_id(),
        "task_id": task_id,
        "student_id": user.account_id,
        "student_code": user.user_code,
        "body": body,
        "received_at": now,
    }
    [row] = await _ADD_VERSION.run(session, **values)
    return SubmissionOut(**values, **row)


async def get_for(reads: Reads, user: Principal, task_id: UUID) -> Row:
    """A task that the caller may see. Raises `TaskNotFound`."""
    found = await _TASK.first(reads, caller=user.account_id, task_id=task_id)
    if found is None:
        raise TaskNotFound
    return found


async def lock_joined(session: Transaction, user: Principal, task_id: UUID) -> Assignment:
    """A task that the caller, a student, may work on, with its class; the student's own place in
    the class is locked, so that two versions get two numbers. Raises `TaskNotFound`.
    """
    rows = await _LOCK_JOINED.run(session, caller=user.account_id, task_id=task_id)
    if not rows:
        raise TaskNotFound
    return Assignment(**rows[0])


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID | None, page: PageRequest
) -> RowPage:
    """Tasks that the caller may see, newest first."""
    return await _TASKS.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


async def list_submissions(
    reads: Reads, user: Principal, task_id: UUID, page: PageRequest
) -> RowPage:
    """A task's submissions that the caller may see, newest first."""
    return await _SUBMISSIONS.page(reads, page, caller=user.account_id, task_id=task_id)


async def get_submission(reads: Reads, user: Principal, submission_id: UUID) -> Row:
    """A submission that the caller may see. Raises `SubmissionNotFound`."""
    found = await _SUBMISSION.first(reads, caller=user.account_id, submission_id=submission_id)
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
            .where(Submission.id == submission_id, taught_by(user.account_id))
            .with_for_update(of=Submission)
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    return row[0], row[1], row[2]
