"""Queries for subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.classes.models import StudySession
from payment_service.subscriptions.errors import SubscriptionNotFound
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.schemas import SubscriptionAdminOut, SubscriptionOut
from payment_service.subscriptions.states import SubscriptionState

BATCH = 200
_OF_CLASS = {
    "session_code": StudySession.session_code,
    "class_ended_at": StudySession.ended_at.label("class_ended_at"),
}
_OF_OWNER = {**_OF_CLASS, "tutor_id": StudySession.tutor_id}
_JOINED = StudySession.id == Subscription.study_session_id
_SHOWN = select(
    *columns_of(Subscription, SubscriptionOut, without=_OF_CLASS), *_OF_CLASS.values()
).join(StudySession, _JOINED)
_SHOWN_TO_ADMINS = select(
    *columns_of(Subscription, SubscriptionAdminOut, without=_OF_OWNER), *_OF_OWNER.values()
).join(StudySession, _JOINED)
_ID = Subscription.id == bindparam("subscription_id")
_OWN = StudySession.tutor_id == bindparam("tutor_id")
_STATE = {"state": Subscription.state == bindparam("state")}
_ANY_ONE, _OWN_ONE = Query(_SHOWN.where(_ID)), Query(_SHOWN.where(_ID, _OWN))
_OWN_PAGE = PageQuery(_SHOWN.where(_OWN), Subscription.id, _STATE)
_ANY_PAGE = PageQuery(_SHOWN_TO_ADMINS, Subscription.id, _STATE)


async def find_of_class(session: AsyncSession, study_session_id: UUID) -> Subscription | None:
    """The subscription of a class, if it has one, locked; the class must be locked before."""
    return await session.scalar(
        select(Subscription)
        .where(Subscription.study_session_id == study_session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def get_class_id_for(session: AsyncSession, tutor_id: UUID, subscription_id: UUID) -> UUID:
    """The class of a subscription, if it is a tutor's own now. Raises `SubscriptionNotFound`."""
    found = await session.scalar(
        select(StudySession.id)
        .join(Subscription, _JOINED)
        .where(Subscription.id == subscription_id, StudySession.tutor_id == tutor_id)
    )
    if found is None:
        raise SubscriptionNotFound
    return found


async def add(session: AsyncSession, subscription: Subscription) -> None:
    """Adds a subscription; a class has one at most."""
    session.add(subscription)
    await session.flush()


async def list_due(
    session: AsyncSession, now: datetime, after: UUID | None
) -> Sequence[tuple[UUID, UUID]]:
    """Up to `BATCH` subscriptions with which something is to be done by now, and their classes,
    by id; those `after` one, if it is given.
    """
    statement = select(Subscription.id, Subscription.study_session_id)
    statement = statement.where(Subscription.due_at <= now).order_by(Subscription.id).limit(BATCH)
    if after is not None:
        statement = statement.where(Subscription.id > after)
    return [(row.id, row.study_session_id) for row in await session.execute(statement)]


async def get_for(reads: Reads, user: Principal, subscription_id: UUID) -> Row:
    """A subscription that `user` may see: of a tutor's own class, or any for an admin. Raises
    `SubscriptionNotFound`.
    """
    if user.role is Role.ADMIN:
        found = await _ANY_ONE.first(reads, subscription_id=subscription_id)
    else:
        found = await _OWN_ONE.first(
            reads, subscription_id=subscription_id, tutor_id=user.account_id
        )
    if found is None:
        raise SubscriptionNotFound
    return found


async def list_page(
    reads: Reads, page: PageRequest, tutor_id: UUID, state: SubscriptionState | None
) -> RowPage:
    """The subscriptions of a tutor's classes, newest first."""
    return await _OWN_PAGE.page(reads, page, tutor_id=tutor_id, state=state)


async def list_all_page(
    reads: Reads, page: PageRequest, state: SubscriptionState | None
) -> RowPage:
    """Everybody's subscriptions for admins, newest first."""
    return await _ANY_PAGE.page(reads, page, state=state)
