"""Payments from the wallet over HTTP."""

from fastapi import APIRouter, Depends, Request

from libs.auth import WrongRole
from libs.deps import Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import IdempotencyKey, IdempotentRoute
from payment_service.checkouts.errors import AlreadyPaid, ProviderUnavailable
from payment_service.checkouts.schemas import CheckoutCreate
from payment_service.classes.errors import ClassEnded, ClassNotFound, ClassRejected
from payment_service.coupons.errors import (
    CouponNotFound,
    CouponNotValid,
    CouponUsedByYou,
    CouponUsedUp,
)
from payment_service.coupons.guesses import GUESSES
from payment_service.ledger.errors import InsufficientFunds
from payment_service.plans.errors import PlanNotFound
from payment_service.quotes.errors import QuoteExpired, QuoteNotFound
from payment_service.subscriptions.errors import SubscriptionOver
from payment_service.wallet_payments import service
from payment_service.wallet_payments.schemas import WalletPaymentOut
from payment_service.wallets.errors import WalletFrozen

router = APIRouter(prefix="/v1/wallet-payments", tags=["wallets"], route_class=IdempotentRoute)


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, InsufficientFunds, WrongRole, ClassNotFound, PlanNotFound, QuoteNotFound,
        CouponNotFound, AlreadyPaid, ClassRejected, ClassEnded, SubscriptionOver, QuoteExpired,
        CouponNotValid, CouponUsedUp, CouponUsedByYou, KeyRunning, Invalid, KeyReused, WalletFrozen,
        TooMany, ProviderUnavailable,
    ),
    dependencies=[Depends(limited("wallet-payments", 60, 60, by="account")), GUESSES],
)  # fmt: skip
async def create_wallet_payment(
    body: CheckoutCreate, user: Tutor, key: IdempotencyKey, request: Request
) -> WalletPaymentOut:
    """Pays for a class of one's own from one's wallet, at a plan's price or a quote's. A checkout
    that is open for the class is closed. A class that is paid for may be renewed so as there.
    """
    parts = request.app.state.resources
    return await service.pay(parts.database, parts.gateway, user.account_id, body, key)
