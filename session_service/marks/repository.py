"""Queries for marks. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Query, Row, columns_of
from libs.postgres import Reads
from session_service.class_roles.models import observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark
from session_service.marks.schemas import MarkOut
from session_service.study_sessions.models import StudySession
from session_service.tasks.models import Submission, Task

_CALLER = bindparam("caller", type_=Uuid())
_VISIBLE = Query(
    select(*columns_of(Mark, MarkOut))
    .join(Submission, Submission.id == Mark.submission_id)
    .join(Task, Task.id == Submission.task_id)
    .join(StudySession, StudySession.id == Task.study_session_id)
    .where(
        Mark.submission_id == bindparam("submission_id"),
        or_(
            taught_by(_CALLER, HELPERS),
            and_(
                Mark.released_at.is_not(None),
                or_(
                    Submission.student_id == _CALLER,
                    observed_by(_CALLER, Task.study_session_id, Submission.student_id),
                ),
            ),
        ),
    )
    .order_by(Mark.number.desc())
    .limit(1)
)


async def add(session: AsyncSession, mark: Mark) -> None:
    """Adds a marking."""
    session.add(mark)
    await session.flush()


async def find_newest(session: AsyncSession, submission_id: UUID) -> Mark | None:
    """The marking of a submission that counts; the caller has locked the submission."""
    return await session.scalar(
        select(Mark)
        .where(Mark.submission_id == submission_id)
        .order_by(Mark.number.desc())
        .limit(1)
    )


async def get_for(reads: Reads, user: Principal, submission_id: UUID) -> Row:
    """The mark that counts: for those who teach or help; for its student, and who observes the
    student, once released.

    Raises `MarkNotFound`.
    """
    found = await _VISIBLE.first(reads, caller=user.account_id, submission_id=submission_id)
    if found is None:
        raise MarkNotFound
    return found
