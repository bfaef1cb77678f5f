"""The rules of being in a class: asking, deciding, leaving. The class's row is locked first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session import (
    MembershipApproved,
    MembershipDeclined,
    MembershipEvent,
    MembershipLeft,
    MembershipRemoved,
)
from libs.hot_reads import RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.join_codes import service as join_codes
from session_service.memberships import repository, seats
from session_service.memberships.errors import ClassFull
from session_service.memberships.models import Act, Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import StudySession

_ENDED: Mapping[Act, tuple[MembershipState, type[MembershipEvent]]] = {
    Act.DECLINE: (MembershipState.DECLINED, MembershipDeclined),
    Act.REMOVE: (MembershipState.REMOVED, MembershipRemoved),
    Act.LEAVE: (MembershipState.LEFT, MembershipLeft),
}


class Ticket(Protocol):
    """By what somebody asks for a place: a join code, or an invitation."""

    def use(self, now: datetime) -> None:
        """Counts a use. Raises when it is no good any more."""


async def join(
    session: AsyncSession, user: Principal, study_session_id: UUID, code: str, now: datetime
) -> Membership:
    """Asks for a place in the class that was found by a join code; asking twice gives the same
    membership (S-A1).

    Raises `JoinCodeUnknown` if it was rotated meanwhile, `JoinCodeExpired`, `JoinCodeUsedUp`,
    `StudySessionNotOpen`, `DeclinedLately` or `MembershipRemoved`.
    """
    study_session = await repository.lock_class(session, study_session_id)
    used = await join_codes.get_current(session, study_session, code)
    return await ask(session, study_session, seats.Asking(user, now), used)


async def ask(
    session: AsyncSession, study_session: StudySession, asking: seats.Asking, used: Ticket | None
) -> Membership:
    """Gives somebody a place in a class that is locked, or the one that is there already; a new one
    uses the ticket.

    Raises `StudySessionNotOpen`, `DeclinedLately`, `MembershipRemoved`, or what the ticket raises.
    """
    study_session.check_open()
    present = await repository.find_own(session, asking.user.account_id, study_session.id)
    if present is not None and not present.over:
        return await _approve_ahead(session, study_session, present, asking, used)
    if present is not None:
        present.check_may_ask(asking.at)
    if used is not None:
        used.use(asking.at)
    return await seats.take(session, study_session, present, asking)


async def _approve_ahead(
    session: AsyncSession,
    study_session: StudySession,
    membership: Membership,
    asking: seats.Asking,
    used: Ticket | None,
) -> Membership:
    """Lets a pre-approval count for somebody who asked before without one."""
    undecided = membership.state in (MembershipState.PENDING, MembershipState.WAITING)
    if undecided and asking.pre_approved and not membership.pre_approved:
        if used is not None:
            used.use(asking.at)
        membership.pre_approved = True
        if membership.state == MembershipState.PENDING:
            await _approve(session, study_session, membership, asking.at)
    return membership


async def approve(
    session: AsyncSession, user: Principal, membership_id: UUID, now: datetime
) -> Membership:
    """The tutor lets a student in, also one who was declined or removed before; doing it twice is
    no news.

    Raises `MembershipNotFound`, `StudySessionNotOpen`, `ClassFull` or `MembershipStateWrong`.
    """
    membership, study_session = await repository.lock_taught(session, user, membership_id)
    if membership.state == MembershipState.APPROVED:
        return membership
    study_session.check_open()
    if not membership.seated:
        room = await seats.fill(session, study_session, now)
        if membership.state == MembershipState.WAITING or (membership.over and not room.free):
            raise ClassFull
    if membership.state != MembershipState.APPROVED:
        await _approve(session, study_session, membership, now)
    return membership


async def _approve(
    session: AsyncSession, study_session: StudySession, membership: Membership, now: datetime
) -> None:
    membership.move(Act.APPROVE, MembershipState.APPROVED, now)
    await outbox.publish(session, MembershipApproved(**seats.about(membership, study_session)))


async def decline(
    session: AsyncSession, user: Principal, membership_id: UUID, reason: str, now: datetime
) -> Membership:
    """The tutor refuses a request. Raises `MembershipNotFound` or `MembershipStateWrong`."""
    found = await repository.lock_taught(session, user, membership_id)
    return await _end(session, found, Act.DECLINE, reason, now)


async def remove(
    session: AsyncSession, user: Principal, membership_id: UUID, reason: str, now: datetime
) -> Membership:
    """The tutor removes a student. Raises `MembershipNotFound` or `MembershipStateWrong`."""
    found = await repository.lock_taught(session, user, membership_id)
    return await _end(session, found, Act.REMOVE, reason, now)


async def leave(
    session: AsyncSession, user: Principal, membership_id: UUID, now: datetime
) -> Membership:
    """A student leaves, or takes a request back. Raises `MembershipNotFound` or
    `MembershipStateWrong`.
    """
    found = await repository.lock_own(session, user, membership_id)
    return await _end(session, found, Act.LEAVE, "", now)


async def fill_seats(session: AsyncSession, study_session: StudySession, now: datetime) -> None:
    """Gives seats of a class that is locked to those who wait for one: after its capacity was
    raised, or when it opens again.
    """
    await seats.fill(session, study_session, now)


async def list_taught(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    page: PageRequest,
    state: MembershipState | None,
) -> RowPage:
    """One page of a class's members, for its tutor. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await repository.list_taught(reads, user, study_session_id, page, state)


async def list_wait_list(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a class's wait list, for who helps in it. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await repository.list_wait_list(reads, user, study_session_id, page)


async def _end(
    session: AsyncSession,
    found: tuple[Membership, StudySession],
    act: Act,
    reason: str,
    now: datetime,
) -> Membership:
    """Ends a membership, and gives its seat to the first who waits. Doing it twice is no news."""
    (membership, study_session), (to, event) = found, _ENDED[act]
    if membership.state != to:
        membership.move(act, to, now)
        membership.reason = reason or None
        await outbox.publish(session, event(**seats.about(membership, study_session)))
        await seats.fill(session, study_session, now)
    return membership
