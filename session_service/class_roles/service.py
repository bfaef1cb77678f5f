"""The rules of roles inside a class (U8): the owner asks, the person takes on, either ends it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal, Role
from libs.errors import FieldProblem, Invalid
from libs.events.session import (
    ClassRoleEnded,
    ClassRoleEvent,
    ClassRoleGranted,
    ClassRoleOffered,
)
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles import repository
from session_service.class_roles.errors import (
    ClassRoleTaken,
    PersonUnknown,
    TutorAccountNeeded,
)
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import (
    HELPERS,
    ClassRoleCreate,
    ClassRoleEnd,
    ClassRoleName,
    ClassRoleState,
)
from session_service.people import repository as people
from session_service.people.models import Person
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.errors import StudySessionNotOpen
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State

OVER = (State.REJECTED, State.ENDED, State.ARCHIVED)


async def offer(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: ClassRoleCreate,
    now: datetime,
) -> ClassRole:
    """The owner asks somebody to take on a role.

    Raises `StudySessionNotFound`, `StudySessionNotOpen` for a class that is over, `PersonUnknown`,
    `ClassRoleTaken`, or `Invalid`.
    """
    study_session = await study_sessions.lock_own(session, user, study_session_id)
    if study_session.state in OVER:
        raise StudySessionNotOpen
    person = await people.find_by_code(session, wanted.user_code.upper())
    if person is None:
        raise PersonUnknown
    await _check(session, study_session, person, wanted)
    if await repository.has_any(session, study_session.id, person.account_id):
        raise ClassRoleTaken
    made = ClassRole(
        id=new_id(), study_session_id=study_session.id, account_id=person.account_id,
        user_code=person.user_code, role=wanted.role.value, student_id=wanted.student_id,
        state=ClassRoleState.INVITED.value, invited_at=now, revision=1,
    )  # fmt: skip
    await repository.add(session, made)
    await _tell(session, ClassRoleOffered, made, study_session)
    return made


async def accept(
    session: AsyncSession, user: Principal, class_role_id: UUID, now: datetime
) -> ClassRole:
    """The person takes on the role; doing it twice is no news. Raises `ClassRoleNotFound` or
    `TutorAccountNeeded`.
    """
    found, study_session = await repository.lock(session, user, class_role_id, own=True)
    if found.role in HELPERS and user.role is not Role.TUTOR:
        raise TutorAccountNeeded
    if found.state != ClassRoleState.ACTIVE:
        found.state, found.accepted_at = ClassRoleState.ACTIVE.value, now
        found.revision += 1
        await _tell(session, ClassRoleGranted, found, study_session)
    return found


async def end(session: AsyncSession, user: Principal, class_role_id: UUID) -> None:
    """The person declines or resigns; the owner withdraws the offer, or removes the person. Raises
    `ClassRoleNotFound`.
    """
    found, study_session = await repository.lock(session, user, class_role_id)
    own, active = found.account_id == user.account_id, found.state == ClassRoleState.ACTIVE
    if own:
        how = ClassRoleEnd.RESIGNED if active else ClassRoleEnd.DECLINED
    else:
        how = ClassRoleEnd.REMOVED if active else ClassRoleEnd.WITHDRAWN
    found.revision += 1
    await _tell(session, ClassRoleEnded, found, study_session, how=how.value)
    await repository.remove(session, found)


async def end_of_owner(session: AsyncSession, study_session: StudySession) -> None:
    """Ends what the owner of a class, which is locked, was in it before."""
    found = await repository.find_of(session, study_session.id, study_session.tutor_id)
    if found is None:
        return
    found.revision += 1
    how = ClassRoleEnd.PROMOTED.value
    await _tell(session, ClassRoleEnded, found, study_session, how=how)
    await repository.remove(session, found)


async def list_of(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """The roles in a class, for its owner and who helps in it. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await repository.list_of(reads, study_session_id, page)


async def _check(
    session: AsyncSession, study_session: StudySession, person: Person, wanted: ClassRoleCreate
) -> None:
    """Raises `Invalid` for a role that makes no sense."""
    if person.account_id == study_session.tutor_id:
        raise Invalid(fields=[FieldProblem("/user_code", "owner", "owns this class")])
    observes = wanted.role is ClassRoleName.OBSERVER
    student_id = wanted.student_id
    if (student_id is not None) is not observes:
        detail = "is needed for an observer, and for nobody else"
        raise Invalid(fields=[FieldProblem("/student_id", "observers_only", detail)])
    if student_id is None:
        return
    attends = await repository.attends(session, study_session.id, student_id)
    if not attends or student_id == person.account_id:
        detail = "must be another person, a student of this class"
        raise Invalid(fields=[FieldProblem("/student_id", "not_a_student", detail)])


async def _tell(
    session: AsyncSession,
    event: type[ClassRoleEvent],
    row: ClassRole,
    study_session: StudySession,
    **more: str,
) -> None:
    about = {
        "study_session_id": study_session.id,
        "session_code": study_session.session_code,
        "class_role_id": row.id,
        "account_id": row.account_id,
        "role": row.role,
        "student_id": row.student_id,
        "tutor_id": study_session.tutor_id,
        "revision": row.revision,
    }
    await outbox.publish(session, event.model_validate(about | more))
