"""The rules of marks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session import MarkReleased
from libs.ids import new_id
from session_service.marks import repository
from session_service.marks.models import Mark
from session_service.marks.schemas import MarkCreate
from session_service.tasks import repository as tasks


async def mark(
    session: AsyncSession, user: Principal, submission_id: UUID, wanted: MarkCreate, now: datetime
) -> Mark:
    """Marks a submission and releases the mark at once; marking again replaces it and keeps the
    old.

    Raises `SubmissionNotFound`, or `Invalid` for more points than the task has.
    """
    submission, task, study_session = await tasks.lock_taught_submission(
        session, user, submission_id
    )
    if wanted.points > task.points:
        problem = FieldProblem("/points", "above_maximum", f"the task has {task.points} points")
        raise Invalid(fields=[problem])
    before = await repository.find_newest(session, submission.id)
    made = Mark(
        id=new_id(),
        submission_id=submission.id,
        number=before.number + 1 if before else 1,
        points=wanted.points,
        comment=wanted.comment,
        marked_by=user.account_id,
        marked_at=now,
        released_at=now,
    )
    await repository.add(session, made)
    event = MarkReleased(
        study_session_id=study_session.id,
        session_code=study_session.session_code,
        mark_id=made.id,
        submission_id=submission.id,
        task_id=task.id,
        student_id=submission.student_id,
        revision=made.number,
    )
    await outbox.publish(session, event)
    return made
