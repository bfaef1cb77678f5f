"""Assessments over HTTP. What a student may see of questions comes with attempts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.assessments import repository, service
from session_service.assessments.errors import (
    AssessmentEmpty,
    AssessmentFrozen,
    AssessmentIsDraft,
    AssessmentNotFound,
    PoolTooLarge,
    PoolTooSmall,
)
from session_service.assessments.models import Assessment
from session_service.assessments.schemas import (
    AssessmentCreate,
    AssessmentOut,
    AssessmentState,
    AssessmentUpdate,
    Items,
    ItemsOut,
    KeyedQuestion,
    Paper,
)
from session_service.study_sessions.errors import (
    StudySessionIsPaused,
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1/assessments", tags=["assessments"], route_class=IdempotentRoute)
OFTEN = (Unauthorized, WrongRole, AssessmentNotFound)


@router.post(
    "",
    status_code=201,
    response_model=AssessmentOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        StudySessionIsPaused, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_assessment(
    body: AssessmentCreate, session: SessionDep, user: Tutor, now: Now
) -> Assessment:
    """Makes a draft in a class that one teaches."""
    return await service.create(session, user, body, now)


@router.get(
    "",
    response_model=Page[AssessmentOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_assessments(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
    state: Annotated[AssessmentState | None, Query(description="Only in this state.")] = None,
) -> RowPage:
    """Assessments of the classes that the caller teaches, attends or observes, newest first;
    drafts for who teaches or helps only.
    """
    filters = {"study_session_id": study_session_id, "state": state and state.value}
    return await repository.list_page(reads, user, page, **filters)


@router.get(
    "/{assessment_id}",
    response_model=AssessmentOut,
    responses=problems(Unauthorized, AssessmentNotFound, Invalid),
)
async def get_assessment(
    assessment_id: UUID, reads: ReadsDep, user: CurrentUser, response: Response
) -> Row:
    """One assessment; its `ETag` names the revision."""
    found = await repository.get_for(reads, user, assessment_id)
    response.headers["ETag"] = etags.of(found.pop("revision"))
    return found


@router.patch(
    "/{assessment_id}",
    response_model=AssessmentOut,
    responses=problems(*OFTEN, AssessmentFrozen, Stale, Invalid),
)
async def change_assessment(
    assessment_id: UUID, body: AssessmentUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Assessment:
    """Changes a draft; of what is published title, description, end and release of the key."""
    found = await service.change(session, user, assessment_id, body, tags.if_match)
    tags.show(found.revision)
    return found


@router.delete(
    "/{assessment_id}", status_code=204, responses=problems(*OFTEN, AssessmentFrozen, Invalid)
)
async def delete_assessment(assessment_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Removes a draft."""
    await service.remove(session, user, assessment_id)


@router.get("/{assessment_id}/items", responses=problems(*OFTEN, Invalid))
async def get_assessment_items(assessment_id: UUID, reads: ReadsDep, user: Tutor) -> ItemsOut:
    """What an assessment asks, for who teaches in its class."""
    return ItemsOut.model_validate({"items": await service.list_items(reads, user, assessment_id)})


@router.put(
    "/{assessment_id}/items",
    response_model=AssessmentOut,
    responses=problems(*OFTEN, AssessmentFrozen, Stale, Invalid),
)
async def set_assessment_items(
    assessment_id: UUID, body: Items, session: SessionDep, user: Tutor, tags: TagsDep
) -> Assessment:
    """Says what a draft asks: fixed questions, and draws by tag."""
    found = await service.set_items(session, user, assessment_id, body, tags.if_match)
    tags.show(found.revision)
    return found


@router.post(
    "/{assessment_id}/publication",
    response_model=AssessmentOut,
    responses=problems(
        *OFTEN,
        StudySessionIsSuspended,
        StudySessionNotOpen,
        StudySessionIsPaused,
        AssessmentEmpty,
        PoolTooSmall,
        PoolTooLarge,
        Invalid,
    ),
)
async def publish_assessment(
    assessment_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> Assessment:
    """Freezes the questions as they are now, and announces the assessment to the class."""
    return await service.publish(session, user, assessment_id, now)


@router.post(
    "/{assessment_id}/closing",
    response_model=AssessmentOut,
    responses=problems(*OFTEN, AssessmentIsDraft, Invalid),
)
async def close_assessment(
    assessment_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> Assessment:
    """Ends an assessment before its time."""
    return await service.close(session, user, assessment_id, now)


@router.get(
    "/{assessment_id}/questions",
    response_model=Page[KeyedQuestion],
    responses=problems(*OFTEN, BadCursor, Invalid),
)
async def list_assessment_questions(
    assessment_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """The frozen questions with their keys, for who teaches in the class; the last ones first."""
    return await service.list_keyed(reads, user, assessment_id, page)


@router.get("/{assessment_id}/paper", responses=problems(*OFTEN, AssessmentIsDraft, Invalid))
async def preview_assessment(
    assessment_id: UUID,
    session: SessionDep,
    user: Tutor,
    seed: Annotated[str, Query(max_length=64, description="Any text: another paper each.")] = "",
) -> Paper:
    """A paper as a student sees it, for who teaches in the class."""
    return await service.preview(session, user, assessment_id, seed)
