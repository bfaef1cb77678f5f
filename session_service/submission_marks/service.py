"""Marking a submission with one number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Row
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import ItemKind
from session_service.late_policies.rules import Penalty
from session_service.marks import repository as marked
from session_service.marks import service as marks
from session_service.marks.by_hand import WHOLE, check_given, check_within
from session_service.marks.models import Mark
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from session_service.submission_marks import repository
from session_service.submission_marks.schemas import MarkCreate
from session_service.submissions import repository as submissions
from session_service.submissions import service as work_of_students


async def mark(
    session: AsyncSession,
    user: Principal,
    submission_id: UUID,
    wanted: MarkCreate,
    seen: str | None,
) -> Row:
    """Marks a submission; the student sees it as the task's rule has it. Marking again replaces the
    mark, and the trail keeps the old. Late work loses what its policy says.

    Raises `SubmissionNotFound`, `Stale`, or `Invalid` for more points than the task has, and for no
    reason where the student has seen a mark that changes.
    """
    now: datetime = session.info["clock"].now()
    submission, task, _ = await submissions.lock_taught(session, user, submission_id)
    # The task's points as they stay until the mark is there: its column has them too.
    item = (await marked.share(session, task.id)).item
    points = item.points
    check_within(wanted.points, points)
    there = await marked.lock(session, item, submission.student_id)
    was_seen, revision = there.is_released, there.revision
    part = Part(WHOLE, wanted.points, points, PartSource.MANUAL)
    late = await work_of_students.penalty_of(session, submission)
    work = marks.Work(submission.id, [part], late, comment=wanted.comment, seen=seen)
    act = Act(user.account_id, wanted.reason, now)
    made = await marks.set_parts(session, task.id, submission.student_id, work, act)
    if was_seen and made.revision != revision:  # what is sent twice needs no reason
        check_given(wanted.reason)
    return await repository.show(session, user, submission.id)


async def work_of(
    session: AsyncSession, item: GradeItem, mark: Mark
) -> tuple[UUID | None, Penalty | None]:
    """What a mark is for, and what its lateness costs: of a task the newest version; else, and
    where nothing was handed in, what the mark has already.
    """
    if item.kind == ItemKind.TASK:
        found = await repository.find_newest(session, item.id, mark.student_id)
        if found is not None:
            return found.id, await work_of_students.penalty_of(session, found)
    return mark.work_id, mark.penalty
