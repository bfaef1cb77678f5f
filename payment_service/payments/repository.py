"""Queries for payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.classes import repository as classes
from payment_service.classes.models import StudySession
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import Payment
from payment_service.payments.schemas import PaymentAdminOut, PaymentOut, RefundOut
from payment_service.payments.states import LIVE, Finding, PaymentStatus
from payment_service.refunds.models import Refund
from payment_service.refunds.states import SLOWEST_FIRST, RefundState

BATCH = 50
_IS_OVER = or_(StudySession.rejected_at.is_not(None), StudySession.ended_at.is_not(None))
_IS_LIVE = Payment.status == any_(array(LIVE))
_OPEN_URL = case((_IS_LIVE, Payment.checkout_url)).label("checkout_url")
"""Where to pay, as long as it can be paid."""
_ORDER = case(*((Refund.state == state.value, rank) for rank, state in enumerate(SLOWEST_FIRST)))
_BACK = (
    select(
        func.array_agg(aggregate_order_by(Refund.state, _ORDER))[1].label("slowest"),
        func.max(Refund.ended_at).label("ended_at"),
    )
    .where(Refund.payment_id == Payment.id, Refund.state != RefundState.CANCELED.value)
    .correlate(Payment)
    .lateral("back")
)
"""All refunds of one payment: how far the slowest is, and when the last one ended."""
_WHOLE = Payment.given_back == Payment.amount
_MADE = {
    "checkout_url": _OPEN_URL,
    "refund": case((_WHOLE, _BACK.c.slowest)).label("refund"),
    "refunded_at": case(
        (and_(_WHOLE, _BACK.c.slowest == RefundState.SUCCEEDED.value), _BACK.c.ended_at)
    ).label("refunded_at"),
}


def _select(shown: type[PaymentOut]) -> Select[*tuple[Any, ...]]:
    columns = (*columns_of(Payment, shown, without=_MADE), *_MADE.values())
    return select(*columns).join(_BACK, true())


_SHOWN, _SHOWN_TO_ADMINS = _select(PaymentOut), _select(PaymentAdminOut)
_ID, _OWN = Payment.id == bindparam("payment_id"), Payment.tutor_id == bindparam("tutor_id")
_ANY_ONE, _OWN_ONE = Query(_SHOWN.where(_ID)), Query(_SHOWN.where(_ID, _OWN))
_BACK_OWN = PageQuery(
    select(*columns_of(Refund, RefundOut)).where(
        Refund.payment_id == bindparam("payment_id"),
        exists().where(Payment.id == Refund.payment_id, _OWN),
    ),
    Refund.id,
)
_OWN_PAGE = PageQuery(_SHOWN.where(_OWN), Payment.id)
_ANY_PAGE = PageQuery(
    _SHOWN_TO_ADMINS,
    Payment.id,
    {
        "status": Payment.status == bindparam("status"),
        "study_session_id": Payment.study_session_id == bindparam("study_session_id"),
    },
)


async def add(session: AsyncSession, payment: Payment) -> None:
    """Adds a payment; the class's row must be locked, since it has one live payment at most."""
    session.add(payment)
    await session.flush()


async def get_for(reads: Reads, user: Principal, payment_id: UUID) -> Row:
    """A payment that `user` may see: a tutor's own, or any for an admin. Raises
    `PaymentNotFound`.
    """
    if user.role is Role.ADMIN:
        found = await _ANY_ONE.first(reads, payment_id=payment_id)
    else:
        found = await _OWN_ONE.first(reads, payment_id=payment_id, tutor_id=user.account_id)
    if found is None:
        raise PaymentNotFound
    return found


async def list_own_refunds(
    reads: Reads, page: PageRequest, tutor_id: UUID, payment_id: UUID
) -> RowPage:
    """The refunds of a tutor's own payment, newest first. Raises `PaymentNotFound`."""
    found = await _BACK_OWN.page(reads, page, tutor_id=tutor_id, payment_id=payment_id)
    if not found["items"]:
        await require(reads, payment_id, tutor_id)
    return found


async def require(reads: Reads, payment_id: UUID, tutor_id: UUID | None = None) -> None:
    """Raises `PaymentNotFound` unless there is this payment, with `tutor_id` of that person's."""
    if tutor_id is None:
        found = await _ANY_ONE.first(reads, payment_id=payment_id)
    else:
        found = await _OWN_ONE.first(reads, payment_id=payment_id, tutor_id=tutor_id)
    if found is None:
        raise PaymentNotFound


async def get(session: AsyncSession, payment_id: UUID) -> Payment:
    """A payment, for what the platform itself does. Raises `PaymentNotFound`."""
    payment = await session.get(Payment, payment_id)
    if payment is None:
        raise PaymentNotFound
    return payment


async def find_live(session: AsyncSession, study_session_id: UUID) -> Payment | None:
    """The payment of a class that may still be paid."""
    return await session.scalar(
        select(Payment).where(
            Payment.study_session_id == study_session_id, Payment.status.in_(LIVE)
        )
    )


async def find_unwanted(session: AsyncSession, study_session_id: UUID) -> Payment | None:
    """The payment of a class that may still be paid but should not be: the class was rejected, has
    ended, or has another owner than whoever would pay.
    """
    unwanted = or_(_IS_OVER, StudySession.tutor_id != Payment.tutor_id)
    return await session.scalar(
        select(Payment)
        .join(StudySession, StudySession.id == Payment.study_session_id)
        .where(Payment.study_session_id == study_session_id, Payment.status.in_(LIVE), unwanted)
    )


async def list_paid(session: AsyncSession, study_session_id: UUID) -> Sequence[Payment]:
    """The payments of a class that have been paid and not been given back, oldest first, as they
    stand now. None whose money a bank has taken back.
    """
    statement = select(Payment).where(
        Payment.study_session_id == study_session_id,
        Payment.status == PaymentStatus.PAID,
        Payment.amount > Payment.given_back,
        Payment.disputes == 0,
    )
    statement = statement.order_by(Payment.id).execution_options(populate_existing=True)
    return (await session.scalars(statement)).all()


async def count_refunds(session: AsyncSession, study_session_id: UUID) -> int:
    """How many refunds of a class's payments there are."""
    statement = select(func.count()).select_from(Refund)
    statement = statement.where(
        Refund.study_session_id == study_session_id, Refund.state != RefundState.CANCELED
    )
    return int(await session.scalar(statement) or 0)


async def find_id(session: AsyncSession, finding: Finding) -> UUID | None:
    """The id of the payment that carries one of a finding's ids of Stripe's."""
    return await session.scalar(select(Payment.id).where(_carries(finding)).limit(1))


def _carries(finding: Finding) -> ColumnElement[bool]:
    # an id that is not known compares with nothing: NULL would match every row that has none
    return or_(
        Payment.stripe_session_id == (finding.stripe_session_id or ""),
        Payment.payment_intent == (finding.payment_intent or ""),
    )


async def is_foreign(session: AsyncSession, payment_id: UUID, finding: Finding) -> bool:
    """Whether another payment than this one carries the finding's ids of Stripe's."""
    statement = select(Payment.id).where(Payment.id != payment_id, _carries(finding))
    return await session.scalar(statement.limit(1)) is not None


async def lock(session: AsyncSession, payment_id: UUID) -> tuple[StudySession, Payment]:
    """A payment and its class, both locked, the class first as everywhere.

    Raises `PaymentNotFound`.
    """
    study_session_id = await session.scalar(
        select(Payment.study_session_id).where(Payment.id == payment_id)
    )
    if study_session_id is None:
        raise PaymentNotFound
    study_session = await classes.lock(session, study_session_id)
    payment = await session.get_one(
        Payment, payment_id, with_for_update=True, populate_existing=True
    )
    return study_session, payment


async def list_page(reads: Reads, page: PageRequest, tutor_id: UUID) -> RowPage:
    """A tutor's payments, newest first."""
    return await _OWN_PAGE.page(reads, page, tutor_id=tutor_id)


async def list_all_page(
    reads: Reads, page: PageRequest, status: PaymentStatus | None, study_session_id: UUID | None
) -> RowPage:
    """Everybody's payments for admins, newest first."""
    return await _ANY_PAGE.page(reads, page, status=status, study_session_id=study_session_id)


async def claim(
    session: AsyncSession, states: Sequence[PaymentStatus], before: datetime, now: datetime
) -> Sequence[Payment]:
    """Up to `BATCH` payments that were last checked before an instant; counts them as checked now,
    so that the next round, or another worker, takes others.
    """
    statement = select(Payment).where(Payment.status.in_(states), Payment.checked_at < before)
    statement = statement.order_by(Payment.checked_at).limit(BATCH)
    rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.checked_at = now
    return rows


async def claim_over(session: AsyncSession, before: datetime, now: datetime) -> Sequence[UUID]:
    """Rejected and ended classes with a payment that may still be paid, as `claim`."""
    over = select(StudySession.id).where(_IS_OVER)
    statement = select(Payment).where(
        Payment.status.in_(LIVE),
        Payment.checked_at < before,
        Payment.study_session_id.in_(over),
    )
    statement = statement.order_by(Payment.checked_at).limit(BATCH)
    rows = (await session.scalars(statement.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.checked_at = now
    return [row.study_session_id for row in rows]


async def list_settled(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Payment]:
    """Those of some payments that are intents no more."""
    settled = Payment.status != PaymentStatus.CREATED
    return (await session.scalars(select(Payment).where(Payment.id.in_(ids), settled))).all()
