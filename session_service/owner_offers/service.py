"""The rules of changing a class's owner: one offers it, the other accepts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal, Role
from libs.errors import FieldProblem, Invalid
from libs.events.session import (
    OwnerOfferAccepted,
    OwnerOfferDeclined,
    OwnerOffered,
    StudySessionOwnerChanged,
)
from libs.ids import new_id
from session_service.class_roles import service as class_roles
from session_service.class_roles.errors import PersonUnknown
from session_service.owner_holds import repository as holds
from session_service.owner_offers import repository
from session_service.owner_offers.errors import (
    AccountHeld,
    OwnerOfferClosed,
    OwnerPresent,
)
from session_service.owner_offers.models import OwnerOffer
from session_service.owner_offers.schemas import OfferState, OwnerOfferOut
from session_service.people import repository as people
from session_service.people.models import Person
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions import service as classes
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import PauseCause


async def offer(
    session: AsyncSession, user: Principal, study_session_id: UUID, code: str, now: datetime
) -> OwnerOfferOut:
    """The owner offers the class to another tutor; an offer that is open is taken back.

    Raises `StudySessionNotFound`, `StudySessionOver`, `PersonUnknown` or `Invalid`.
    """
    found = await study_sessions.lock_own(session, user, study_session_id)
    return await _offer(session, user, found, code, now)


async def hand_over(
    session: AsyncSession, admin: Principal, study_session_id: UUID, code: str, now: datetime
) -> OwnerOfferOut:
    """An admin offers the class of an owner who is blocked or leaving. Raises `OwnerPresent`, and
    as `offer`.
    """
    found = await study_sessions.lock(session, study_session_id)
    if not await holds.is_held(session, found.tutor_id):
        raise OwnerPresent
    return await _offer(session, admin, found, code, now)


async def _offer(
    session: AsyncSession, user: Principal, found: StudySession, code: str, now: datetime
) -> OwnerOfferOut:
    found.check_changeable()
    person = await _find_tutor(session, found, code)
    before = await repository.find_open(session, found.id)
    if before is not None:
        before.close(OfferState.WITHDRAWN, now)
        await session.flush()
    made = OwnerOffer(
        id=new_id(),
        study_session_id=found.id,
        offered_by=user.account_id,
        by_admin=user.role is Role.ADMIN,
        to_id=person.account_id,
        to_code=person.user_code,
        state=OfferState.OPEN.value,
        offered_at=now,
        revision=1,
    )
    await repository.add(session, made)
    await outbox.publish(session, OwnerOffered(**_about(made, found)))
    return _shown(made, found)


async def _find_tutor(session: AsyncSession, found: StudySession, code: str) -> Person:
    person = await people.find_by_code(session, code.strip().upper())
    if person is None:
        raise PersonUnknown
    if person.account_id == found.tutor_id:
        raise Invalid(fields=[FieldProblem("/user_code", "already_owner", "owns it already")])
    if person.role not in ("", Role.TUTOR):
        raise Invalid(fields=[FieldProblem("/user_code", "not_a_tutor", "is not a tutor")])
    return person


async def accept(
    session: AsyncSession, user: Principal, offer_id: UUID, now: datetime
) -> OwnerOfferOut:
    """Makes the caller, a tutor, the owner. What paused the class for the old owner's sake alone
    is over by that. Raises `OwnerOfferNotFound`, `OwnerOfferClosed`, `AccountHeld` or
    `StudySessionOver`.
    """
    await holds.keep_still(session, user.account_id)
    made, found = await repository.lock_received(session, user.account_id, offer_id)
    if await holds.is_held(session, user.account_id):
        raise AccountHeld
    if made.by_admin and not await holds.is_held(session, found.tutor_id):
        raise OwnerOfferClosed
    found.check_changeable()
    made.close(OfferState.ACCEPTED, now)
    old = found.tutor_id
    await outbox.publish(session, OwnerOfferAccepted(**_about(made, found)))
    found.change({"tutor_id": user.account_id})
    await class_roles.end_of_owner(session, found)
    await classes.tell(session, found, StudySessionOwnerChanged, old_tutor_id=old)
    await classes.go_on(session, found, [PauseCause.BLOCKED, PauseCause.LEAVING], now)
    return _shown(made, found)


async def decline(
    session: AsyncSession, user: Principal, offer_id: UUID, now: datetime
) -> OwnerOfferOut:
    """Says no. Raises `OwnerOfferNotFound` or `OwnerOfferClosed`."""
    made, found = await repository.lock_received(session, user.account_id, offer_id)
    made.close(OfferState.DECLINED, now)
    await outbox.publish(session, OwnerOfferDeclined(**_about(made, found)))
    return _shown(made, found)


async def withdraw(session: AsyncSession, user: Principal, offer_id: UUID, now: datetime) -> None:
    """The owner takes an offer back, an admin's too. Raises `OwnerOfferNotFound` or
    `OwnerOfferClosed`.
    """
    made, _ = await repository.lock_own(session, user.account_id, offer_id)
    made.close(OfferState.WITHDRAWN, now)


def _about(made: OwnerOffer, found: StudySession) -> dict[str, object]:
    return {
        "study_session_id": found.id,
        "session_code": found.session_code,
        "offer_id": made.id,
        "tutor_id": found.tutor_id,
        "to_id": made.to_id,
        "revision": made.revision,
    }


def _shown(made: OwnerOffer, found: StudySession) -> OwnerOfferOut:
    named = OwnerOfferOut.model_fields.keys() - {"session_code", "study_session_name"}
    values = {name: getattr(made, name) for name in named}
    return OwnerOfferOut(session_code=found.session_code, study_session_name=found.name, **values)
