"""Statistics of tests' questions over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import WrongRole
from libs.deps import Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.assessments.errors import AssessmentIsDraft, AssessmentNotFound
from session_service.item_statistics import service
from session_service.item_statistics.schemas import ItemStatisticsOut

router = APIRouter(prefix="/v1/assessments/{assessment_id}/item-statistics", tags=["assessments"])


@router.get("", responses=problems(Unauthorized, WrongRole, AssessmentNotFound, Invalid))
async def get_item_statistics(
    assessment_id: UUID, session: SessionDep, user: Tutor
) -> ItemStatisticsOut:
    """How a test's questions did, for who teaches in the class: it tells their keys. Each number
    has its 95 % interval, or says why there is none.
    """
    return await service.get(session, user, assessment_id)


@router.post(
    "",
    status_code=202,
    responses=problems(
        Unauthorized, WrongRole, AssessmentNotFound, AssessmentIsDraft, Invalid, TooMany
    ),
    dependencies=[Depends(limited("item-statistics", 60, 3_600, by="account"))],
)
async def compute_item_statistics(
    assessment_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> ItemStatisticsOut:
    """Asks for a test's statistics anew. While they are being counted, or when nothing has changed,
    there is nothing to do.
    """
    return await service.ask(session, user, assessment_id, now)
