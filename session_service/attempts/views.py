"""Attempts as people may see them: a student the own ones, who observes the student the same, who
teaches or helps those of the class, with their points. Nobody sees a key here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, case, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments import papers
from session_service.assessments import repository as assessments
from session_service.assessments.models import Assessment
from session_service.attempts.errors import AttemptNotFound
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptOut, AttemptState, SavedAnswer
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS

_CALLER = bindparam("caller", type_=Uuid())
_OF_CLASS = Attempt.study_session_id
_HELPED = taught_by(_CALLER, HELPERS, _OF_CLASS)
_OWN = and_(Attempt.student_id == _CALLER, attended_by(_CALLER, _OF_CLASS))
_OBSERVED = observed_by(_CALLER, _OF_CLASS, Attempt.student_id)
_PARTS = AttemptPart.attempt_id == Attempt.id
_UNMARKED = (
    select(func.count())
    .where(_PARTS, AttemptPart.points.is_(None))
    .correlate(Attempt)
    .scalar_subquery()
)
_SUM = select(func.sum(AttemptPart.points)).where(_PARTS).correlate(Attempt).scalar_subquery()
_TOTAL = case((Assessment.floor_at_zero, func.greatest(_SUM, 0)), else_=_SUM)
_MARKED = and_(_HELPED, Attempt.marked_at.is_not(None))
_SHOWN = select(
    *columns_of(Attempt, AttemptOut, without=("score", "unmarked")),
    case((and_(_MARKED, _UNMARKED == 0), _TOTAL), else_=null()).label("score"),
    case((_MARKED, _UNMARKED), else_=null()).label("unmarked"),
).join(Assessment, Assessment.id == Attempt.assessment_id)
_PAGE = PageQuery(
    _SHOWN.where(or_(_HELPED, _OWN, _OBSERVED)),
    Attempt.id,
    {
        "assessment_id": Attempt.assessment_id == bindparam("assessment_id"),
        "study_session_id": bindparam("study_session_id") == _OF_CLASS,
        "student_id": Attempt.student_id == bindparam("student_id"),
        "state": Attempt.state == bindparam("state"),
    },
)
_IS_OVER = Attempt.state != AttemptState.OPEN.value
_ONE = Query(
    _SHOWN.add_columns(Attempt.seed).where(
        Attempt.id == bindparam("attempt_id"), or_(_HELPED, _OWN, and_(_OBSERVED, _IS_OVER))
    )
)
_ANSWERS = Query(
    select(*columns_of(AttemptAnswer, SavedAnswer))
    .where(AttemptAnswer.attempt_id == bindparam("attempt_id"))
    .order_by(AttemptAnswer.question_id)
)


async def list_page(reads: Reads, user: Principal, page: PageRequest, **filters: object) -> RowPage:
    """Attempts that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, **filters)


async def show(session: AsyncSession, user: Principal, attempt_id: UUID, now: datetime) -> Row:
    """An attempt with its paper and its answers: the same whenever it is asked for, on whatever
    device. Who observes the student has a look when it is over. Raises `AttemptNotFound`.
    """
    rows = await _ONE.run(session, caller=user.account_id, attempt_id=attempt_id)
    if not rows:
        raise AttemptNotFound
    found = rows[0]
    assessment = await session.get_one(Assessment, found["assessment_id"])
    paper = papers.paper(await assessments.sheet(session, assessment), found.pop("seed"))
    answers = await _ANSWERS.run(session, attempt_id=attempt_id)
    return {**found, "server_time": now, "questions": paper.questions, "answers": answers}
