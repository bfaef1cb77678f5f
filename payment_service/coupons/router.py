"""Coupons over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.coupons import repository, service
from payment_service.coupons.errors import (
    CouponEndsTooEarly,
    CouponExists,
    CouponInUse,
    CouponNotFound,
)
from payment_service.coupons.models import Coupon
from payment_service.coupons.schemas import CouponCode, CouponCreate, CouponOut, CouponUpdate

router = APIRouter(prefix="/v1/admin/coupons", tags=["coupons"], route_class=IdempotentRoute)
ONE = "/{coupon_id}"


@router.post(
    "",
    status_code=201,
    response_model=CouponOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, CouponExists, KeyRunning, Invalid,
        CouponEndsTooEarly, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_coupon(
    body: CouponCreate, session: SessionDep, user: Admin, now: Now, tags: TagsDep
) -> Coupon:
    """A new coupon."""
    coupon = await service.create(session, user, body, now)
    tags.show(coupon.revision)
    return coupon


@router.get(
    "",
    response_model=Page[CouponOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_coupons(
    _: Admin, reads: ReadsDep, page: Paging, code: Annotated[CouponCode | None, Query()] = None
) -> RowPage:
    """All coupons, newest first."""
    return await repository.list_page(reads, page, code)


@router.get(
    ONE,
    response_model=CouponOut,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, CouponNotFound, Invalid),
)
async def get_coupon(coupon_id: UUID, _: Admin, reads: ReadsDep, tags: TagsDep) -> Row:
    """One coupon."""
    found = await repository.show(reads, coupon_id)
    tags.show(found.pop("revision"))
    return found


@router.patch(
    ONE,
    response_model=CouponOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, CouponNotFound, Stale, CouponEndsTooEarly, Invalid
    ),
)
async def update_coupon(
    coupon_id: UUID, body: CouponUpdate, session: SessionDep, user: Admin, tags: TagsDep
) -> Coupon:
    """Changes when and how often a coupon holds. With `If-Match` only what one has seen."""
    coupon = await service.update(session, user, coupon_id, body, tags.if_match)
    tags.show(coupon.revision)
    return coupon


@router.delete(
    ONE,
    status_code=204,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, CouponNotFound, CouponInUse, Stale, Invalid
    ),
)
async def remove_coupon(coupon_id: UUID, session: SessionDep, user: Admin, tags: TagsDep) -> None:
    """Removes a coupon that nobody has used; others are switched off."""
    await service.remove(session, user, coupon_id, tags.if_match)
