"""The price list over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.plans import repository, service
from payment_service.plans.errors import PlanEnded, PlanNotFound, PriceInPast, PriceScheduled
from payment_service.plans.models import Plan
from payment_service.plans.schemas import (
    Currency,
    Months,
    PlanAdminOut,
    PlanCreate,
    PlanList,
    PlanOut,
)

router = APIRouter(prefix="/v1", tags=["plans"], route_class=IdempotentRoute)
ADMIN = "/admin/plans"


@router.get(
    "/plans", responses=problems(TooMany), dependencies=[Depends(limited("plans", 300, 60))]
)
async def list_plans(reads: ReadsDep, now: Now) -> PlanList:
    """The present price list; open to everybody."""
    return PlanList(items=[PlanOut(**plan) for plan in await repository.list_active(reads, now)])


@router.post(
    ADMIN,
    status_code=201,
    response_model=PlanAdminOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, PriceScheduled, KeyRunning, Invalid, PriceInPast,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_plan(body: PlanCreate, session: SessionDep, user: Admin, now: Now) -> Plan:
    """A new price, from now or from an instant on. Open quotes and checkouts keep theirs."""
    return await service.price(session, user, body, now)


@router.get(
    ADMIN,
    response_model=Page[PlanAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_all_plans(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    months: Annotated[Months | None, Query()] = None,
    currency: Annotated[Currency | None, Query()] = None,
) -> RowPage:
    """All prices of all times, newest first."""
    return await repository.list_page(reads, page, months, currency)


@router.delete(
    ADMIN + "/{plan_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, PlanNotFound, PlanEnded, Invalid),
)
async def withdraw_plan(plan_id: UUID, session: SessionDep, user: Admin, now: Now) -> None:
    """Takes a price off the list. What is not valid yet never will be, and the price before it goes
    on; what is valid is sold no more.
    """
    await service.withdraw(session, user, plan_id, now)
