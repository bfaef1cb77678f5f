"""What clients send and get about top-ups. Amounts are in minor units of `currency` (ISO 4217)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from libs.schemas import Schema
from payment_service.payments.states import PaymentStatus
from payment_service.wallets.schemas import HOME_CURRENCY, Currency


class TopUpCreate(Schema):
    """How much to pay into one's wallet."""

    amount: Annotated[int, Field(strict=True, gt=0, lt=2**53)]
    currency: Currency = HOME_CURRENCY


class TopUpOut(Schema):
    """Money on its way into one's wallet. `checkout_url` is where to pay, as long as one can."""

    id: UUID
    amount: int
    currency: str
    status: PaymentStatus
    checkout_url: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
