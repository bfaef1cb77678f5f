"""Checkouts over HTTP."""

from fastapi import APIRouter, Depends, Request

from libs.auth import WrongRole
from libs.deps import Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import IdempotencyKey, IdempotentRoute
from payment_service.checkouts import service
from payment_service.checkouts.errors import AlreadyPaid, CheckoutRefused, ProviderUnavailable
from payment_service.checkouts.schemas import CheckoutCreate, CheckoutOut
from payment_service.classes.errors import ClassEnded, ClassNotFound, ClassRejected
from payment_service.coupons.errors import (
    CouponNotFound,
    CouponNotValid,
    CouponUsedByYou,
    CouponUsedUp,
)
from payment_service.coupons.guesses import GUESSES
from payment_service.plans.errors import PlanNotFound
from payment_service.quotes.errors import QuoteExpired, QuoteNotFound
from payment_service.subscriptions.errors import SubscriptionOver

router = APIRouter(prefix="/v1/checkouts", tags=["checkouts"], route_class=IdempotentRoute)


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, ClassNotFound, PlanNotFound, QuoteNotFound, CouponNotFound,
        AlreadyPaid, ClassRejected, ClassEnded, SubscriptionOver, QuoteExpired, CouponNotValid,
        CouponUsedUp, CouponUsedByYou, CheckoutRefused, KeyRunning, Invalid, KeyReused, TooMany,
        ProviderUnavailable,
    ),
    dependencies=[Depends(limited("checkouts", 60, 60, by="account")), GUESSES],
)  # fmt: skip
async def create_checkout(
    body: CheckoutCreate, user: Tutor, key: IdempotencyKey, request: Request
) -> CheckoutOut:
    """Opens the payment page for a class of one's own at a plan's price, or at a quote's. Asked
    again, it returns the page that is open already. A class that is paid for may be renewed from
    thirty days before the end of its period.
    """
    parts = request.app.state.resources
    return CheckoutOut.of(
        await service.open_checkout(parts.database, parts.gateway, user.account_id, body, key)
    )
