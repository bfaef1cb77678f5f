"""An admin gives money of a payment back, in whole or in part (P8, P-A6)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.invoices import service as invoices
from payment_service.invoices.arithmetic import share_out
from payment_service.payment_refunds.errors import (
    PaymentNotPaid,
    RefundTooLarge,
    TooManyLines,
    WalletOnly,
)
from payment_service.payment_refunds.schemas import RefundCreate
from payment_service.payments import repository as payments
from payment_service.payments.errors import PaymentDisputed
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus
from payment_service.refunds import service as refunds
from payment_service.refunds.models import Refund
from payment_service.refunds.states import Decision, Destination, Line, Owed, RefundReason


async def give_back(
    session: AsyncSession, payment_id: UUID, wanted: RefundCreate, admin_id: UUID, now: datetime
) -> Refund:
    """Begins a refund, under the locks of class and payment; one into the wallet is done with that.

    Raises `PaymentNotFound`, `PaymentNotPaid`, `PaymentDisputed`, `RefundTooLarge`, `WalletOnly` or
    `TooManyLines`.
    """
    study_session, payment = await payments.lock(session, payment_id)
    if payment.status != PaymentStatus.PAID:
        raise PaymentNotPaid
    if payment.disputes:
        raise PaymentDisputed
    owed = _owed(payment, wanted, admin_id)
    if owed.amount < payment.left and payment.tax:
        back = await invoices.tax_credited(session, payment.id, payment.given_back + owed.amount)
        owed = replace(owed, tax_back=back)
    refund = None if owed.amount > payment.left else await refunds.request(
        session, study_session, owed, now
    )  # fmt: skip
    if refund is None:
        raise RefundTooLarge(payment.left, payment.currency)
    return refund


def _owed(payment: Payment, wanted: RefundCreate, admin_id: UUID) -> Owed:
    if payment.from_wallet and wanted.destination is Destination.PROVIDER:
        raise WalletOnly
    amount = payment.left if wanted.amount is None else wanted.amount
    return Owed(
        payment.id,
        payment.tutor_id,
        payment.payment_intent,
        amount,
        payment.currency,
        RefundReason.BY_ADMIN,
        payment.from_wallet or wanted.destination is Destination.WALLET,
        payment.tax,
        Decision(admin_id, wanted.reason, _lines(amount, wanted)),
    )


def _lines(amount: int, wanted: RefundCreate) -> tuple[Line, ...]:
    if not wanted.lines or amount == 0:
        return ()
    shares = share_out(amount, [line.weight for line in wanted.lines])
    if 0 in shares:
        raise TooManyLines
    return tuple(
        Line(line.description, share) for line, share in zip(wanted.lines, shares, strict=True)
    )
