"""The rules of joining a class."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session import MembershipApproved, MembershipRequested
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.memberships import repository
from session_service.memberships.errors import JoinCodeUnknown
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import StudySession


def normalise(code: str) -> str:
    """A join code as it is stored: upper case, one dash after the fifth letter."""
    letters = "".join(code.upper().replace("-", "").split())
    return f"{letters[:5]}-{letters[5:]}"


async def join(session: AsyncSession, user: Principal, code: str, now: datetime) -> Membership:
    """Asks to join; asking twice gives the same membership (S-A1).

    Raises `JoinCodeUnknown` or `StudySessionNotOpen`.
    """
    found = await study_sessions.find_by_code(session, normalise(code))
    if found is None:
        raise JoinCodeUnknown
    found.check_open()
    membership = Membership(
        id=new_id(),
        study_session_id=found.id,
        student_id=user.account_id,
        student_code=user.user_code,
        state=MembershipState.PENDING.value,
        requested_at=now,
        revision=1,
    )
    added = await repository.add(session, membership)
    if added is None:
        return await repository.get_own(session, user.account_id, found.id)
    await outbox.publish(session, MembershipRequested(**_about(added, found)))
    return added


async def approve(
    session: AsyncSession, user: Principal, membership_id: UUID, now: datetime
) -> Membership:
    """The tutor lets a student in; doing it twice is no news. Raises `MembershipNotFound`."""
    membership, study_session = await repository.lock_taught(session, user, membership_id)
    if membership.approve(now):
        await outbox.publish(session, MembershipApproved(**_about(membership, study_session)))
    return membership


async def list_taught(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a class's members, for its tutor. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await repository.list_taught(reads, user, study_session_id, page)


def _about(membership: Membership, study_session: StudySession) -> dict[str, object]:
    return {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "membership_id": membership.id,
        "student_id": membership.student_id,
        "tutor_id": study_session.tutor_id,
        "revision": membership.revision,
    }
