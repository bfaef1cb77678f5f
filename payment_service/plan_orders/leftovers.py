"""Giving back what a cheaper plan leaves over: into wallets, as refunds of what was paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.classes.models import StudySession
from payment_service.invoices import service as invoices
from payment_service.payments.models import Payment
from payment_service.refunds import service as refunds
from payment_service.refunds.states import Owed, RefundReason
from payment_service.wallets import service as wallets


class CreditNotGiven(RuntimeError):
    """More is to be given back than was paid: a fault of ours."""


async def give(
    session: AsyncSession,
    study_session: StudySession,
    funds: Sequence[Payment],
    amount: int,
    now: datetime,
) -> None:
    """Gives an amount (minor units) back out of payments of a class, the newest first, each into
    the wallet of whoever paid it, with its credit note. Call it last, as invoices.
    """
    shares = split(funds, amount)
    payers = sorted({(payment.tutor_id, payment.currency) for payment, _ in shares})
    for owner_id, currency in payers:  # all of them before any account of the ledger
        await wallets.open_locked(session, owner_id, currency, now)
    for payment, taken in shares:
        owed = await _owed(session, payment, taken)
        if await refunds.request(session, study_session, owed, now) is None:
            raise CreditNotGiven


def split(funds: Sequence[Payment], amount: int) -> list[tuple[Payment, int]]:
    """How much of an amount comes out of which payment. Raises `CreditNotGiven` if they are
    less.
    """
    shares = []
    for payment in funds:
        taken = min(payment.left, amount)
        if taken == 0:
            break
        shares.append((payment, taken))
        amount -= taken
    if amount:
        raise CreditNotGiven
    return shares


async def _owed(session: AsyncSession, payment: Payment, amount: int) -> Owed:
    """A part of a payment, with the part of its tax that the credit note takes back."""
    owed = replace(payment.owed(RefundReason.PLAN_CHANGED), amount=amount, to_wallet=True)
    if amount < payment.left and payment.tax:
        back = await invoices.tax_credited(session, payment.id, payment.given_back + amount)
        owed = replace(owed, tax_back=back)
    return owed
