"""Subscriptions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import Principal, Role, ScopeMissing, WrongRole
from libs.deps import Admin, Tutor, require
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from payment_service.subscriptions import repository
from payment_service.subscriptions.errors import SubscriptionNotFound
from payment_service.subscriptions.schemas import SubscriptionAdminOut, SubscriptionOut
from payment_service.subscriptions.states import SubscriptionState

router = APIRouter(prefix="/v1", tags=["subscriptions"])

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]
State = Annotated[SubscriptionState | None, Query()]


@router.get(
    "/subscriptions",
    response_model=Page[SubscriptionOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_subscriptions(
    user: Tutor, reads: ReadsDep, page: Paging, state: State = None
) -> RowPage:
    """The subscriptions of one's own classes, newest first."""
    return await repository.list_page(reads, page, user.account_id, state)


@router.get(
    "/subscriptions/{subscription_id}",
    response_model=SubscriptionOut,
    responses=problems(Unauthorized, WrongRole, SubscriptionNotFound, Invalid),
)
async def get_subscription(subscription_id: UUID, user: TutorOrAdmin, reads: ReadsDep) -> Row:
    """The subscription of a class of one's own; any for an admin."""
    return await repository.get_for(reads, user, subscription_id)


@router.get(
    "/admin/subscriptions",
    response_model=Page[SubscriptionAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_all_subscriptions(
    _: Admin, reads: ReadsDep, page: Paging, state: State = None
) -> RowPage:
    """Everybody's subscriptions, newest first, for admins."""
    return await repository.list_all_page(reads, page, state)
