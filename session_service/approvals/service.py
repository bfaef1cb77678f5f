"""An admin's no, and the answers of payment_service that end it (P-A9).

The class's state is the decision: once it is rejected it can never become active, whatever is paid.
What was paid goes back by payment_service, which hears of it by the event.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.approvals.schemas import ApprovalState, RejectionOut
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions import service as classes


async def reject(
    session: AsyncSession, admin: Principal, study_session_id: UUID, reason: str, now: datetime
) -> RejectionOut:
    """Refuses a pending class for good. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await study_sessions.lock(session, study_session_id)
    await classes.tell(session, found, found.reject(admin.account_id, reason, now))
    return RejectionOut(
        study_session_id=found.id,
        reason=reason,
        rejected_at=now,
        state=ApprovalState.REJECTED,
        refunded_at=None,
    )
