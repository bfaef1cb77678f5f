"""Queries for who asks for another plan: what can be given back, and what has been asked for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.hot_reads import PageQuery, Query, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.classes.models import StudySession
from payment_service.payments.models import Payment
from payment_service.payments.states import LIVE, PaymentStatus
from payment_service.plan_changes.models import PlanChange
from payment_service.plan_changes.schemas import PlanChangeOut
from payment_service.refunds.models import Refund
from payment_service.refunds.states import RefundReason, RefundState
from payment_service.subscriptions.errors import SubscriptionNotFound
from payment_service.subscriptions.models import Subscription

_MADE = {
    "at": PlanChange.begins.label("at"),
    "due": (PlanChange.charge - PlanChange.credit).label("due"),
    "payment_id": Payment.id.label("payment_id"),
    "checkout_url": case((Payment.status == any_(array(LIVE)), Payment.checkout_url)).label(
        "checkout_url"
    ),
}
_SHOWN = (
    select(*columns_of(PlanChange, PlanChangeOut, without=_MADE), *_MADE.values())
    .outerjoin(Payment, Payment.plan_change_id == PlanChange.id)
    .where(PlanChange.subscription_id == bindparam("subscription_id"))
)
_PAGE = PageQuery(_SHOWN, PlanChange.id)
_SUBSCRIPTION = select(Subscription.id).where(Subscription.id == bindparam("subscription_id"))
_ANY, _OWN = (
    Query(_SUBSCRIPTION),
    Query(
        _SUBSCRIPTION.join(StudySession, StudySession.id == Subscription.study_session_id).where(
            StudySession.tutor_id == bindparam("tutor_id")
        )
    ),
)


async def list_page(
    reads: Reads, user: Principal, page: PageRequest, subscription_id: UUID
) -> RowPage:
    """The changes of a subscription that `user` may see, newest first: of a tutor's own class, or
    any for an admin. Raises `SubscriptionNotFound`.
    """
    if user.role is Role.ADMIN:
        found = await _ANY.first(reads, subscription_id=subscription_id)
    else:
        found = await _OWN.first(reads, subscription_id=subscription_id, tutor_id=user.account_id)
    if found is None:
        raise SubscriptionNotFound
    return await _PAGE.page(reads, page, subscription_id=subscription_id)


async def sum_decided(session: AsyncSession, study_session_id: UUID, period: int) -> int:
    """What somebody has decided to give back of a class's period, in minor units."""
    total = await session.scalar(
        select(func.coalesce(func.sum(Refund.amount), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.study_session_id == study_session_id,
            Payment.period == period,
            Refund.reason == RefundReason.BY_ADMIN.value,
            Refund.state != RefundState.CANCELED.value,
        )
    )
    return int(total or 0)


async def list_funds(
    session: AsyncSession, study_session_id: UUID, currency: str
) -> Sequence[Payment]:
    """The payments of a class that have not gone back in whole and are not disputed, newest first;
    the class must be locked.
    """
    statement = select(Payment).where(
        Payment.study_session_id == study_session_id,
        Payment.currency == currency,
        Payment.status == PaymentStatus.PAID.value,
        Payment.given_back < Payment.amount,
        Payment.disputes == 0,
    )
    statement = statement.order_by(Payment.id.desc()).with_for_update()
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return rows.all()
