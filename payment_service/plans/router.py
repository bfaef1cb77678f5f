"""The price list over HTTP."""

from fastapi import APIRouter, Depends

from libs.deps import limited
from libs.errors import TooMany, problems
from libs.postgres_deps import ReadsDep
from payment_service.plans import repository
from payment_service.plans.schemas import PlanList, PlanOut

router = APIRouter(prefix="/v1/plans", tags=["plans"])


@router.get("", responses=problems(TooMany), dependencies=[Depends(limited("plans", 300, 60))])
async def list_plans(reads: ReadsDep) -> PlanList:
    """The present price list; open to everybody."""
    return PlanList(items=[PlanOut(**plan) for plan in await repository.list_active(reads)])
