"""Seats: who gets one, and who waits. All of it happens while the class's row is locked, so no seat
is given twice and people wait in the order in which they came (S3, S-A1).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session import (
    MembershipApproved,
    MembershipEvent,
    MembershipPromoted,
    MembershipRequested,
    MembershipWaitlisted,
)
from libs.ids import new_id
from session_service.memberships import repository
from session_service.memberships.models import Act, Membership
from session_service.memberships.repository import Seats
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import Admission

_ARRIVED: dict[MembershipState, type[MembershipEvent]] = {
    MembershipState.PENDING: MembershipRequested,
    MembershipState.APPROVED: MembershipApproved,
    MembershipState.WAITING: MembershipWaitlisted,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks for a place. Who is pre-approved is in as soon as there is a seat."""

    user: Principal
    at: datetime
    pre_approved: bool = False


async def take(
    session: AsyncSession, study_session: StudySession, past: Membership | None, asking: Asking
) -> Membership:
    """Gives a seat in a class that is locked, or a place in its wait list, to somebody who has none
    (any more). `past` is the membership that somebody had before.
    """
    seats = await fill(session, study_session, asking.at)
    to = _seated(study_session, asking.pre_approved) if seats.free else MembershipState.WAITING
    membership = past or _new(asking, study_session, to)
    if past is not None:
        past.move(Act.ASK, to, asking.at)
    membership.pre_approved = asking.pre_approved
    if to is MembershipState.WAITING:
        membership.waiting_number = seats.last_number + 1
    if past is None:
        await repository.add(session, membership)
    await outbox.publish(session, _ARRIVED[to](**about(membership, study_session)))
    return membership


async def fill(session: AsyncSession, study_session: StudySession, now: datetime) -> Seats:
    """Gives the free seats of a class that is locked to those who wait, in the order of arrival.
    Call it whenever seats may have become free; only an active class gives seats.
    """
    await session.flush()
    seats = await repository.count_seats(session, study_session)
    chosen = min(seats.free, seats.waiting) if study_session.is_open else 0
    if not chosen:
        return seats
    events: list[MembershipEvent] = []
    for membership in await repository.list_waiting(session, study_session.id, chosen):
        to = _seated(study_session, membership.pre_approved)
        membership.move(Act.PROMOTE, to, now)
        told = about(membership, study_session)
        events += MembershipPromoted(**told), _ARRIVED[to](**told)
    await outbox.publish(session, *events)
    seats.taken, seats.waiting = seats.taken + chosen, seats.waiting - chosen
    return seats


def about(membership: Membership, study_session: StudySession) -> dict[str, object]:
    """What events about a membership say."""
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "membership_id": membership.id,
        "student_id": membership.student_id,
        "tutor_id": study_session.tutor_id,
        "revision": membership.revision,
    }


def _seated(study_session: StudySession, pre_approved: bool) -> MembershipState:
    """What whoever gets a seat becomes."""
    at_once = pre_approved or study_session.admission == Admission.OPEN
    return MembershipState.APPROVED if at_once else MembershipState.PENDING


def _new(asking: Asking, study_session: StudySession, state: MembershipState) -> Membership:
    return Membership(
        id=new_id(),
        study_session_id=study_session.id,
        student_id=asking.user.account_id,
        student_code=asking.user.user_code,
        state=state.value,
        requested_at=asking.at,
        approved_at=asking.at if state is MembershipState.APPROVED else None,
        revision=1,
    )
