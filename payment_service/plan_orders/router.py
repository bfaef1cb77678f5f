"""Changes of plan over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import Principal, Role, WrongRole
from libs.deps import Tutor, limited, require
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import IdempotencyKey, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.classes.errors import ClassEnded, ClassRejected
from payment_service.ledger.errors import InsufficientFunds
from payment_service.plan_changes.errors import (
    ChangeNotScheduled,
    ChangeScheduled,
    ClassPaused,
    OtherCurrency,
    PaidAhead,
    PlanChangeNotFound,
    PriceTooOld,
    SamePlan,
    SubscriptionNotActive,
)
from payment_service.plan_changes.schemas import PlanChangeOut
from payment_service.plan_orders import repository, service
from payment_service.plan_orders.schemas import PlanChangeAsk, PlanChangeCreate, PlanChangePreview
from payment_service.plan_orders.service import PlanWish
from payment_service.plans.errors import PlanNotFound
from payment_service.subscriptions.errors import SubscriptionNotFound
from payment_service.wallets.errors import WalletFrozen

router = APIRouter(
    prefix="/v1/subscriptions/{subscription_id}/plan-changes",
    tags=["subscriptions"],
    route_class=IdempotentRoute,
)

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]
LIMITED = Depends(limited("plan-changes", 60, 60, by="account"))


@router.post(
    "/preview",
    responses=problems(
        Unauthorized, WrongRole, SubscriptionNotFound, PlanNotFound, ClassRejected, ClassEnded,
        SubscriptionNotActive, SamePlan, OtherCurrency, ClassPaused, PaidAhead, ChangeScheduled,
        Invalid, TooMany,
    ),
    dependencies=[LIMITED],
)  # fmt: skip
async def preview_plan_change(
    subscription_id: UUID, body: PlanChangeAsk, session: SessionDep, user: Tutor
) -> PlanChangePreview:
    """What another plan for a class of one's own would cost now: the new plan, less what is unused
    of the old one, to the second. A plan for as many months goes on to the same end; with any other
    a new run of periods begins.
    """
    return await service.preview(session, user, subscription_id, body)


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, InsufficientFunds, WrongRole, SubscriptionNotFound, PlanNotFound,
        ClassRejected, ClassEnded, SubscriptionNotActive, SamePlan, OtherCurrency, ClassPaused,
        PaidAhead, PriceTooOld, ChangeScheduled, CheckoutRefused, KeyRunning, Invalid, KeyReused,
        WalletFrozen, TooMany, ProviderUnavailable,
    ),
    dependencies=[LIMITED],
)  # fmt: skip
async def create_plan_change(
    subscription_id: UUID,
    body: PlanChangeCreate,
    user: Tutor,
    key: IdempotencyKey,
    request: Request,
) -> PlanChangeOut:
    """Changes the plan of a class of one's own. A difference is paid first, from the wallet or at
    `checkout_url`, and changes nothing until then; what is left over comes into the wallet of
    whoever paid. At the period's end nothing is paid: the renewal is by the new plan.
    """
    parts = request.app.state.resources
    wish = PlanWish(user.account_id, subscription_id, body)
    return await service.order(parts.database, parts.gateway, wish, key)


@router.get(
    "",
    response_model=Page[PlanChangeOut],
    responses=problems(Unauthorized, WrongRole, SubscriptionNotFound, BadCursor, Invalid),
)
async def list_plan_changes(
    subscription_id: UUID, user: TutorOrAdmin, reads: ReadsDep, page: Paging
) -> RowPage:
    """The changes of plan of a class of one's own, newest first; of any for an admin."""
    return await repository.list_page(reads, user, page, subscription_id)


@router.delete(
    "/{plan_change_id}",
    status_code=204,
    responses=problems(
        Unauthorized, WrongRole, SubscriptionNotFound, PlanChangeNotFound, ChangeNotScheduled,
        Invalid,
    ),
)  # fmt: skip
async def call_off_plan_change(
    subscription_id: UUID, plan_change_id: UUID, session: SessionDep, user: Tutor
) -> None:
    """Takes a scheduled change back: the class is renewed by its present plan."""
    await service.call_off(session, user, subscription_id, plan_change_id)
