"""Queries for classes on their way, and for what is known of their money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, Uuid, bindparam, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from libs.events.payment import PaymentsClosed, RefundEvent
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.approvals.errors import RejectionNotFound
from session_service.approvals.models import (
    REFUNDED_AT,
    SINCE,
    STATE,
    STUCK_AFTER,
    SUMS,
    ClassRefund,
    RejectionAnswer,
    stands,
    stuck,
)
from session_service.approvals.schemas import ApprovalOut, ApprovalState, RefundState
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State

_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_STUCK = stuck(_BEFORE)
_MADE: dict[str, ColumnElement[Any]] = {
    "state": STATE,
    "since": SINCE,
    "stuck": _STUCK,
    "refunded_at": REFUNDED_AT,
}
_ON_THE_WAY = or_(
    StudySession.state == State.PENDING.value, StudySession.state == State.REJECTED.value
)
_ALL = (
    select(
        *columns_of(StudySession, ApprovalOut, without=_MADE),
        *(column.label(name) for name, column in _MADE.items()),
    )
    .outerjoin(RejectionAnswer, RejectionAnswer.study_session_id == StudySession.id)
    .join(SUMS, true())
    .where(_ON_THE_WAY)
)
_FILTERS = {"state": stands(bindparam("state"))}
_PAGE = PageQuery(_ALL, StudySession.id, _FILTERS)
_STUCK_PAGE = PageQuery(_ALL.where(_STUCK.is_not(None)), StudySession.id, _FILTERS)
_REJECTION: Select[*tuple[Any, ...]] = (
    select(
        StudySession.id.label("study_session_id"),
        StudySession.rejection_reason.label("reason"),
        StudySession.rejected_at,
        STATE.label("state"),
        REFUNDED_AT.label("refunded_at"),
    )
    .outerjoin(RejectionAnswer, RejectionAnswer.study_session_id == StudySession.id)
    .join(SUMS, true())
    .where(
        StudySession.state == State.REJECTED.value,
        StudySession.id == bindparam("study_session_id", type_=Uuid()),
    )
)
_ANY_REJECTION = Query(_REJECTION)
_OWN_REJECTION = Query(_REJECTION.where(StudySession.tutor_id == bindparam("caller", type_=Uuid())))


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Which classes to list: with `stuck` only those that need an operator."""

    stuck: bool
    state: ApprovalState | None


async def list_page(
    reads: Reads, page: PageRequest, wanted: ApprovalFilter, now: datetime
) -> RowPage:
    """Classes that are pending or rejected, newest first."""
    query = _STUCK_PAGE if wanted.stuck else _PAGE
    return await query.page(reads, page, before=now - STUCK_AFTER, state=wanted.state)


async def get_rejection(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """The rejection of a class of one's own; of any for an admin. Raises `RejectionNotFound`."""
    if user.role is Role.ADMIN:
        found = await _ANY_REJECTION.first(reads, study_session_id=study_session_id)
    else:
        found = await _OWN_REJECTION.first(
            reads, study_session_id=study_session_id, caller=user.account_id
        )
    if found is None:
        raise RejectionNotFound
    return found


async def save_answer(session: AsyncSession, event: PaymentsClosed, now: datetime) -> None:
    """Notes that payment_service knows of a rejection; the first answer stands."""
    statement = insert(RejectionAnswer).values(
        study_session_id=event.study_session_id,
        refunds=event.refunds,
        answered_at=event.occurred_at or now,
    )
    await session.execute(statement.on_conflict_do_nothing())


async def save_refund(
    session: AsyncSession, event: RefundEvent, state: RefundState, now: datetime
) -> None:
    """Keeps a refund as an event tells it, unless we already know something newer."""
    at = event.occurred_at or now
    values = {
        "state": state.value,
        "ended_at": None if state is RefundState.REQUESTED else at,
        "revision": event.revision,
    }
    again = {"requested_at": at} if state is RefundState.REQUESTED else {}
    statement = insert(ClassRefund).values(
        refund_id=event.refund_id,
        payment_id=event.payment_id,
        study_session_id=event.study_session_id,
        amount=event.amount,
        currency=event.currency,
        requested_at=at,
        **values,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[ClassRefund.refund_id],
            set_=values | again,
            where=ClassRefund.revision < event.revision,
        )
    )
