"""The rules of submissions: drafts, versions, and work that is given back (S7, S-A5).

A draft is never graded. Whatever changes a student's work on a task holds the lock on the student's
place in the class, so it happens one after the other.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session import SubmissionReceived
from libs.events.session_tasks import SubmissionReturned
from libs.hot_reads import Row, RowPage
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.late_policies.rules import Penalty, penalty
from session_service.submissions import drafts, repository
from session_service.submissions.errors import DraftStale, SubmissionSuperseded, TooManyVersions
from session_service.submissions.models import Assignment, Submission
from session_service.submissions.schemas import (
    MOST_VERSIONS,
    DraftSave,
    ReturnCreate,
    SubmissionCreate,
    SubmissionOut,
)
from session_service.tasks import repository as tasks
from session_service.work_files import service as work_files


async def submit(
    session: Transaction, user: Principal, task_id: UUID, wanted: SubmissionCreate, now: datetime
) -> SubmissionOut:
    """Hands in the next version: until the task is due, its grace and the cut-off included, and
    later while the newest version is given back.

    Raises `TaskNotFound`, `StudySessionNotOpen`, `TaskClosed`, `DraftStale`, `TooManyVersions`, or
    `Invalid` for files that are not ready or named twice, and for an empty draft.
    """
    found = await repository.lock_joined(session, user, task_id)
    found.check_open()
    content, days_late = await _content(session, user, found, wanted), 0
    if not found.is_on_time(now):
        standing = await repository.get_standing(session, task_id, user.account_id)
        counted_at = standing.counted(found, now)
        late = standing.penalty(found, counted_at)
        days_late = late.days if late else 0
        if counted_at != now:
            content = {"file_ids": [], "client_at": None, **content, "counted_at": counted_at}
    row = await repository.add_version(session, user, task_id, now, **content)
    if row["number"] > MOST_VERSIONS:
        raise TooManyVersions
    row.pop("counted_at", None)
    made = SubmissionOut(**row, days_late=days_late)
    await outbox.publish(session, _received(found, made))
    return made


async def _content(
    session: Transaction, user: Principal, found: Assignment, wanted: SubmissionCreate
) -> dict[str, Any]:
    """What is handed in; of a plain text nothing but that, for most work is."""
    body, file_ids = wanted.body, wanted.file_ids
    if wanted.draft_revision is not None:
        draft = await drafts.find(session, user, found.task_id)
        saved = draft["revision"] if draft else 0
        if draft is None or saved != wanted.draft_revision:
            raise DraftStale.between(str(wanted.draft_revision), saved)
        body, file_ids = draft["body"], draft["file_ids"]
        if not (body or file_ids):
            problem = FieldProblem("/draft_revision", "draft_empty", "nothing is in it")
            raise Invalid(fields=[problem])
    if not file_ids and wanted.client_at is None:
        return {"body": body}
    if file_ids:
        now: datetime = session.info["clock"].now()
        await work_files.hand_in(session, user, found.task_id, file_ids, now)
    return {
        "body": body or "", "file_ids": file_ids, "client_at": wanted.client_at, "counted_at": None
    }  # fmt: skip


async def get_draft(reads: Reads, user: Principal, task_id: UUID) -> Row:
    """The caller's draft for a task. Raises `TaskNotFound`."""
    return await drafts.get_for(reads, user, task_id)


async def save_draft(
    session: Transaction,
    user: Principal,
    task_id: UUID,
    wanted: DraftSave,
    if_match: str | None,
) -> Row:
    """Saves a draft over the revision that the device has seen; 0 is that of none. Drafts are taken
    at any time, so that nothing is lost.

    Raises `TaskNotFound`, `StudySessionNotOpen`, `DraftStale`, or `Invalid` without a revision.
    """
    seen = _seen(if_match)
    now: datetime = session.info["clock"].now()
    found = await repository.lock_joined(session, user, task_id)
    found.check_open()
    saved = await drafts.save(session, user, task_id, seen, now, **wanted.model_dump())
    if saved is None:
        newest = await drafts.find(session, user, task_id)
        raise DraftStale.between(str(seen), newest["revision"] if newest else 0)
    return saved


def _seen(if_match: str | None) -> int:
    """The revision of one strong entity tag (RFC 9110, section 13.1.1)."""
    tag = (if_match or "").strip()
    digits = tag[1:-1]
    if not (tag == f'"{digits}"' and digits.isascii() and digits.isdigit() and len(digits) < 10):
        detail = "the ETag of the draft that was read"
        raise Invalid(fields=[FieldProblem("header/If-Match", "revision_needed", detail)])
    return int(digits)


async def give_back(
    session: AsyncSession, user: Principal, submission_id: UUID, wanted: ReturnCreate, now: datetime
) -> Row:
    """Gives the newest version back, so that the student may hand in another one at any time; a
    repeat changes nothing. Raises `SubmissionNotFound`, `SubmissionSuperseded`, or
    `StudySessionNotOpen` where nothing can be handed in any more.
    """
    await repository.lock_student(session, user, submission_id)
    submission, task, study_session = await repository.lock_taught(session, user, submission_id)
    study_session.check_open()
    if not await repository.is_newest(session, submission):
        raise SubmissionSuperseded
    if submission.returned_at is None:
        submission.returned_at, submission.returned_by = now, user.account_id
        submission.return_note = wanted.note
        await session.flush()
        event = SubmissionReturned(
            study_session_id=study_session.id,
            session_code=study_session.session_code,
            submission_id=submission.id,
            task_id=task.id,
            student_id=submission.student_id,
            number=submission.number,
            revision=submission.number + 1,
        )
        await outbox.publish(session, event)
    return await repository.get_now(session, user, submission_id)


async def penalty_of(session: AsyncSession, submission: Submission) -> Penalty | None:
    """What a version loses for being late, by the student's own due time if there is one, as the
    database has it now; for features that mark it, which share the lock on its column.
    """
    policy, due_at = await repository.get_terms(session, submission)
    return penalty(policy, due_at, submission.counted_at or submission.received_at)


async def list_page(reads: Reads, user: Principal, task_id: UUID, page: PageRequest) -> RowPage:
    """One page of a task's submissions: a tutor sees all, a student the own. Raises
    `TaskNotFound`.
    """
    await tasks.get_for(reads, user, task_id)
    return await repository.list_page(reads, user, task_id, page)


def _received(found: Assignment, made: SubmissionOut) -> SubmissionReceived:
    return SubmissionReceived(
        study_session_id=found.study_session_id,
        session_code=found.session_code,
        submission_id=made.id,
        task_id=made.task_id,
        student_id=made.student_id,
        tutor_id=found.tutor_id,
        number=made.number,
        revision=made.number,
    )
