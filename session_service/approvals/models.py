"""What session_service keeps of the money of rejected classes, and how far each class is."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    ForeignKey,
    Text,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from session_service.approvals.schemas import ApprovalState, RefundState, StuckReason
from session_service.base import Base
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State

STUCK_AFTER = timedelta(minutes=5)


class RejectionAnswer(Base):
    """payment_service knows that a class was rejected: nobody can pay for it any more, and
    there were `refunds` refunds then, with those that it made.
    """

    __tablename__ = "rejection_answers"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
    refunds: Mapped[int]
    answered_at: Mapped[datetime]


class ClassRefund(Base):
    """A copy of a refund; a payment may have several. `amount` is in minor units of `currency` (ISO
    4217); `revision` is payment_service's.
    """

    __tablename__ = "class_refunds"

    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID]
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    state: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int]


def _is(state: RefundState) -> ColumnElement[bool]:
    return ClassRefund.state == state.value


SUMS = (
    select(
        func.count().label("refunds"),
        func.count().filter(_is(RefundState.FAILED)).label("failed"),
        func.count().filter(_is(RefundState.REQUESTED)).label("open"),
        func.min(ClassRefund.requested_at).filter(_is(RefundState.REQUESTED)).label("open_since"),
        func.max(ClassRefund.ended_at).label("ended_at"),
    )
    .where(
        ClassRefund.study_session_id == StudySession.id,
        ClassRefund.state != RefundState.CANCELED.value,
    )
    .correlate(StudySession)
    .lateral("sums")
)
"""All refunds of one class."""
_SUM = SUMS.c
_REJECTED = StudySession.state == State.REJECTED.value
_PAID, _APPROVED = StudySession.paid_at.is_not(None), StudySession.approved_at.is_not(None)
_SILENT = RejectionAnswer.answered_at.is_(None)
_OWED = or_(_SUM.refunds < RejectionAnswer.refunds, and_(_PAID, _SUM.refunds == 0))
"""Events of one class come in order; this is seen between the answer and what follows it, and
where one of them was lost.
"""

STATE: ColumnElement[str] = case(
    (and_(_REJECTED, _SUM.failed > 0), ApprovalState.REFUND_FAILED.value),
    (and_(_REJECTED, _SUM.open > 0), ApprovalState.REFUNDING.value),
    (and_(_REJECTED, _SILENT), ApprovalState.REJECTED.value),
    (and_(_REJECTED, _OWED), ApprovalState.REFUNDING.value),
    (and_(_REJECTED, _SUM.refunds > 0), ApprovalState.REFUNDED.value),
    (_REJECTED, ApprovalState.NOTHING_PAID.value),
    (and_(_PAID, _APPROVED), ApprovalState.ACTIVATING.value),
    (_PAID, ApprovalState.PAID_NOT_APPROVED.value),
    (_APPROVED, ApprovalState.APPROVED_NOT_PAID.value),
    else_=ApprovalState.CREATED.value,
)


def stands(state: BindParameter[str] | str) -> ColumnElement[bool]:
    """That a class stands there (`ApprovalState`)."""
    found = STATE  # in capitals it would be taken for a constant on the wrong side
    return found == state


SINCE: ColumnElement[datetime] = func.greatest(
    StudySession.created_at,
    StudySession.paid_at,
    StudySession.approved_at,
    StudySession.rejected_at,
    RejectionAnswer.answered_at,
    _SUM.open_since,
    _SUM.ended_at,
)
"""PostgreSQL's `greatest` leaves out what is NULL."""
REFUNDED_AT: ColumnElement[datetime | None] = case(
    (stands(ApprovalState.REFUNDED.value), _SUM.ended_at)
)


def stuck(before: BindParameter[datetime]) -> ColumnElement[str | None]:
    """Why an operator should look at a class (`StuckReason`), or NULL. `before` is five minutes
    ago.
    """
    since = SINCE
    late = and_(
        func.coalesce(_SUM.open_since, StudySession.rejected_at) < before,
        stands(ApprovalState.REFUNDING.value),
    )
    return case(
        (stands(ApprovalState.REFUND_FAILED.value), StuckReason.REFUND_FAILED.value),
        (late, StuckReason.REFUND_UNCONFIRMED.value),
        (
            and_(stands(ApprovalState.REJECTED.value), StudySession.rejected_at < before),
            StuckReason.REJECTION_UNANSWERED.value,
        ),
        (
            and_(stands(ApprovalState.ACTIVATING.value), since < before),
            StuckReason.NOT_ACTIVATED.value,
        ),
    )
