"""The rules of tasks and submissions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session import SubmissionReceived, TaskAssigned
from libs.hot_reads import RowPage
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.grade_items import service as grade_items
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ItemKind
from session_service.study_sessions import repository as study_sessions
from session_service.tasks import repository
from session_service.tasks.models import Task
from session_service.tasks.schemas import SubmissionCreate, SubmissionOut, TaskCreate


async def create(session: AsyncSession, user: Principal, wanted: TaskCreate, now: datetime) -> Task:
    """Sets a task for all students of a class.

    Raises `StudySessionNotFound`, `StudySessionNotOpen`, or `Invalid` for a due time in the past.
    """
    taught = await study_sessions.get_taught(session, user, wanted.study_session_id)
    taught.check_open()
    if wanted.due_at <= now:
        raise Invalid(fields=[FieldProblem("/due_at", "due_in_the_past", "must lie ahead")])
    task = Task(id=new_id(), created_at=now, revision=1, **wanted.model_dump())
    await repository.add(session, task)
    await grade_items.open_item(session, _column(task))
    event = TaskAssigned(
        study_session_id=taught.study_session_id,
        session_code=taught.session_code,
        task_id=task.id,
        tutor_id=taught.tutor_id,
        due_at=task.due_at,
        revision=task.revision,
    )
    await outbox.publish(session, event)
    return task


def _column(task: Task) -> GradeItem:
    return GradeItem(
        id=task.id,
        study_session_id=task.study_session_id,
        kind=ItemKind.TASK.value,
        title=task.title,
        points=task.points,
        due_at=task.due_at,
        created_at=task.created_at,
    )


async def submit(
    session: Transaction, user: Principal, task_id: UUID, wanted: SubmissionCreate, now: datetime
) -> SubmissionOut:
    """Hands in the next version. Raises `TaskNotFound`, `StudySessionNotOpen` or `TaskClosed`."""
    found = await repository.lock_joined(session, user, task_id)
    found.check_takes_work(now)
    made = await repository.add_version(session, user, task_id, wanted.body, now)
    event = SubmissionReceived(
        study_session_id=found.study_session_id,
        session_code=found.session_code,
        submission_id=made.id,
        task_id=task_id,
        student_id=made.student_id,
        tutor_id=found.tutor_id,
        number=made.number,
        revision=made.number,
    )
    await outbox.publish(session, event)
    return made


async def list_submissions(
    reads: Reads, user: Principal, task_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a task's submissions: a tutor sees all, a student the own. Raises
    `TaskNotFound`.
    """
    await repository.get_for(reads, user, task_id)
    return await repository.list_submissions(reads, user, task_id, page)
