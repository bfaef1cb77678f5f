"""Quotes over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import WrongRole
from libs.deps import Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.classes.errors import ClassEnded, ClassNotFound, ClassRejected
from payment_service.coupons.errors import (
    CouponNotFound,
    CouponNotValid,
    CouponUsedByYou,
    CouponUsedUp,
)
from payment_service.coupons.guesses import GUESSES
from payment_service.plans.errors import PlanNotFound
from payment_service.quotes import repository, service
from payment_service.quotes.errors import QuoteNotFound
from payment_service.quotes.models import Quote
from payment_service.quotes.schemas import QuoteCreate, QuoteOut

router = APIRouter(prefix="/v1/quotes", tags=["quotes"], route_class=IdempotentRoute)


@router.post(
    "",
    status_code=201,
    response_model=QuoteOut,
    responses=problems(
        Unauthorized, WrongRole, ClassNotFound, PlanNotFound, CouponNotFound, ClassRejected,
        ClassEnded,
        CouponNotValid, CouponUsedUp, CouponUsedByYou, KeyRunning, Invalid, KeyReused, TooMany,
    ),
    dependencies=[Depends(limited("quotes", 60, 60, by="account")), GUESSES, ONCE],
)  # fmt: skip
async def create_quote(body: QuoteCreate, session: SessionDep, user: Tutor, now: Now) -> Quote:
    """What a class of one's own costs by a plan and with a coupon: for the next half hour, whatever
    admins change meanwhile.
    """
    return await service.create(session, user, body, now)


@router.get(
    "/{quote_id}",
    response_model=QuoteOut,
    responses=problems(Unauthorized, WrongRole, QuoteNotFound, Invalid),
)
async def get_quote(quote_id: UUID, user: Tutor, reads: ReadsDep) -> Row:
    """A quote of one's own."""
    return await repository.show_own(reads, user, quote_id)
