"""Attempts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import HotOnceDep, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.assessments.errors import AssessmentNotFound, AssessmentNotOpen
from session_service.attempts import saving, service, views
from session_service.attempts.errors import (
    AttemptClosed,
    AttemptNotFound,
    AttemptTooSoon,
    AttemptVoided,
    NoAttemptLeft,
    QuestionNotInPaper,
)
from session_service.attempts.schemas import (
    AnswerPut,
    AnswerSaved,
    AttemptDetail,
    AttemptOut,
    AttemptState,
    Submission,
    Voiding,
)
from session_service.study_sessions.errors import (
    StudySessionIsPaused,
    StudySessionIsSuspended,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["attempts"], route_class=IdempotentRoute)
Filters = dict[str, UUID | str | None]
ANSWER = "/attempts/{attempt_id}/answers/{question_id}"


async def get_filters(
    assessment_id: Annotated[UUID | None, Query(description="Only at this one.")] = None,
    study_session_id: Annotated[UUID | None, Query(description="Only of this class.")] = None,
    student_id: Annotated[UUID | None, Query(description="Only this student's.")] = None,
    state: Annotated[AttemptState | None, Query(description="Only in this state.")] = None,
) -> Filters:
    """Which attempts are asked for."""
    return {
        "assessment_id": assessment_id, "study_session_id": study_session_id,
        "student_id": student_id, "state": state and state.value,
    }  # fmt: skip


FiltersDep = Annotated[Filters, Depends(get_filters)]


async def get_target(attempt_id: UUID, question_id: UUID) -> saving.Target:
    """A coroutine: what is none FastAPI runs in a thread."""
    return saving.Target(attempt_id, question_id)


TargetDep = Annotated[saving.Target, Depends(get_target)]


@router.post(
    "/assessments/{assessment_id}/attempts",
    status_code=201,
    response_model=AttemptDetail,
    responses={
        200: {"model": AttemptDetail, "description": "The attempt that is open already."},
        **problems(
            Unauthorized, WrongRole, AssessmentNotFound, AssessmentNotOpen, StudySessionIsSuspended,
            StudySessionNotOpen, StudySessionIsPaused, NoAttemptLeft, AttemptTooSoon, Invalid,
        ),
    },
)  # fmt: skip
async def start_attempt(
    assessment_id: UUID, session: SessionDep, user: Student, now: Now, response: Response
) -> Row:
    """Begins an attempt, or gives the one that is open: the same on every device, by one clock."""
    attempt, is_new = await service.start(session, user, assessment_id, now)
    if not is_new:
        response.status_code = 200
    return await views.show(session, user, attempt.id, now)


@router.get(
    "/attempts",
    response_model=Page[AttemptOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_attempts(
    reads: ReadsDep, user: CurrentUser, page: Paging, filters: FiltersDep
) -> RowPage:
    """Attempts, newest first: one's own, or those of the classes in which one teaches or helps."""
    return await views.list_page(reads, user, page, **filters)


@router.get(
    "/attempts/{attempt_id}",
    response_model=AttemptDetail,
    responses=problems(Unauthorized, AttemptNotFound, Invalid),
)
async def get_attempt(attempt_id: UUID, session: SessionDep, user: CurrentUser, now: Now) -> Row:
    """An attempt with its paper and the answers that are saved: to go on where one left."""
    return await views.show(session, user, attempt_id, now)


@router.put(
    ANSWER,
    responses=problems(
        Unauthorized, WrongRole, AttemptNotFound, QuestionNotInPaper, AttemptClosed, KeyRunning,
        Invalid, KeyReused,
    ),
)  # fmt: skip
async def save_answer(
    target: TargetDep, body: AnswerPut, session: HotOnceDep, user: Student, now: Now
) -> AnswerSaved:
    """Saves one answer. A revision that is not above the last is no error, and changes nothing; the
    answer says which one the server holds. What comes too late gets 409 `attempt_closed`, whose
    `ETag` names the revision that counts, 0 for none.
    """
    return await saving.save(session, user, target, body, now)


@router.post(
    "/attempts/{attempt_id}/submission",
    response_model=AttemptDetail,
    responses=problems(
        Unauthorized, WrongRole, AttemptNotFound, QuestionNotInPaper, AttemptClosed, AttemptVoided,
        Invalid,
    ),
)  # fmt: skip
async def submit_attempt(
    attempt_id: UUID, body: Submission, session: SessionDep, user: Student, now: Now
) -> Row:
    """Hands an attempt in; doing it twice is no news. It is marked within seconds."""
    attempt = await service.submit(session, user, attempt_id, body, now)
    return await views.show(session, user, attempt.id, now)


@router.post(
    "/attempts/{attempt_id}/voiding",
    response_model=AttemptDetail,
    responses=problems(Unauthorized, WrongRole, AttemptNotFound, Invalid),
)
async def void_attempt(
    attempt_id: UUID, body: Voiding, session: SessionDep, user: Tutor, now: Now
) -> Row:
    """Declares an attempt void: it counts nowhere, and its student may try once more."""
    attempt = await service.void(session, user, attempt_id, body, now)
    return await views.show(session, user, attempt.id, now)
