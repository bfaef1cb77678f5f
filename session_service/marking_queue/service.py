"""Marking answers by hand (S-A9): one question of one attempt after the other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments.errors import AssessmentNotFound
from session_service.attempts import repository as attempts
from session_service.attempts import scoring
from session_service.attempts.models import Attempt, AttemptPart
from session_service.marking_queue import repository
from session_service.marking_queue.errors import PartNotFound
from session_service.marking_queue.schemas import PartPut
from session_service.marks import by_hand
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from session_service.question_rules.marking import Outcome


async def list_page(
    reads: Reads, user: Principal, assessment_id: UUID, question_id: UUID | None, page: PageRequest
) -> RowPage:
    """Answers that wait to be marked, of one question or of all. Raises `AssessmentNotFound`."""
    if not await repository.is_helped(reads, user, assessment_id):
        raise AssessmentNotFound
    return await repository.list_page(reads, user, assessment_id, question_id, page)


async def put(
    session: AsyncSession,
    user: Principal,
    attempt_id: UUID,
    question_id: UUID,
    wanted: PartPut,
) -> AttemptPart:
    """Marks one question of an attempt; the mark follows.

    Raises `AttemptNotFound`, `AttemptVoided`, `AttemptRunning` before it is over and marked by
    rule, `PartNotFound`, `StudentNotFound`, or `Invalid` for more points than there are, and for no
    reason where the student has seen the mark.
    """
    now: datetime = session.info["clock"].now()
    attempt = await attempts.get_taught(session, user, attempt_id)
    every = await attempts.lock_all_of(session, attempt.assessment_id, attempt.student_id)
    attempt.check_marked()
    part = await _part(session, attempt, question_id)
    if wanted.points is not None:
        by_hand.check_within(wanted.points, part.maximum)
    place = by_hand.Place(attempt.assessment_id, attempt.student_id)
    _, mark = await by_hand.lock_place(session, user, place)
    by_hand.check_reason(mark, wanted.reason)
    if (part.points, part.note) != (wanted.points, wanted.note):
        _mark(part, wanted, user.account_id, now)
        await session.flush()
        found = await attempts.get_place(session, attempt.assessment_id)
        act = Act(user.account_id, wanted.reason, now)
        await scoring.recount(session, found.assessment, every, act)
    return part


async def _part(session: AsyncSession, attempt: Attempt, question_id: UUID) -> AttemptPart:
    parts = (await attempts.list_parts(session, [attempt.id])).get(attempt.id, [])
    found = next((one for one in parts if one.question_id == question_id), None)
    if found is None:
        raise PartNotFound
    return found


def _mark(part: AttemptPart, wanted: PartPut, by: UUID, now: datetime) -> None:
    """Where a rule has given points, it is an override."""
    by_rule = part.outcome != Outcome.NEEDS_MARKING
    source = PartSource.OVERRIDE if by_rule else PartSource.MANUAL
    part.points, part.note, part.source = wanted.points, wanted.note, source.value
    part.marked_by, part.marked_at = by, now
