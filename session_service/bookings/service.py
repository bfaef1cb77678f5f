"""The rules of availability and bookings (S27).

Whoever books locks the teacher's availability, then the student, and looks for what is free only
then: of any number of attempts at one time one succeeds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.auth import Principal, Role
from libs.events.session_bookings import BookingCancelled, BookingMade, BookingMoved
from libs.ids import new_id
from session_service.bookings import repository
from session_service.bookings.errors import (
    BookingClosed,
    CreditNeeded,
    SlotTaken,
    TooLateToCancel,
)
from session_service.bookings.models import Availability, Booking
from session_service.bookings.schemas import (
    AvailabilityOut,
    AvailabilityUpdate,
    BookingCreate,
    BookingOut,
    BookingState,
    Slots,
)
from session_service.bookings.slots import Span
from session_service.credits import repository as credit_rows
from session_service.credits import service as credit_rules
from session_service.credits.errors import CreditSpent
from session_service.credits.models import Credit, Holder
from session_service.lessons import private
from session_service.lessons.models import Lesson
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

LONGEST_SEARCH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose free time is asked for, by default the owner's, and when."""

    span: Span
    tutor_id: UUID | None


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to book whom in which class."""

    study_session: StudySession
    student: Principal
    availability: Availability


async def set_availability(
    session: AsyncSession, user: Principal, wanted: AvailabilityUpdate, if_match: str | None
) -> tuple[AvailabilityOut, int]:
    """Replaces the caller's availability; what is booked stays booked. Returns its revision too.
    Raises `Stale`.
    """
    found = await repository.lock_own(session, user)
    if found is None:
        found = Availability(tutor_id=user.account_id, revision=0)
        _fill(found, wanted)
        etags.check(if_match, 0)
        found.revision = 1
        if await repository.add_availability(session, found):
            return found.shown(), 1
        found = await repository.lock_own(session, user)  # another request was first
        assert found is not None  # noqa: S101  (availabilities are never removed)
    etags.check(if_match, found.revision)
    _fill(found, wanted)
    found.revision += 1
    await session.flush()
    return found.shown(), found.revision


def _fill(row: Availability, wanted: AvailabilityUpdate) -> None:
    for name, value in wanted.model_dump(mode="json").items():
        setattr(row, name, value)


async def list_slots(
    session: AsyncSession, user: Principal, study_session_id: UUID, asked: Asked, now: datetime
) -> Slots:
    """What of a teacher's time is free; a student is not shown what meets the own lessons. Raises
    `StudySessionNotFound` or `AvailabilityNotFound`.
    """
    found = await repository.find_class(session, user, study_session_id)
    if found is None:
        raise StudySessionNotFound
    availability = await repository.get_availability(
        session, found.id, asked.tutor_id or found.tutor_id
    )
    student_id = user.account_id if user.role is Role.STUDENT else None
    latest = min(asked.span.end, asked.span.start + LONGEST_SEARCH)
    span = Span(asked.span.start, latest)
    free = await _free(session, availability, student_id, span, now)
    return Slots(
        tutor_id=availability.tutor_id,
        zone=availability.zone,
        needs_credit=availability.needs_credit,
        items=[{"starts_at": one.start, "ends_at": one.end} for one in free],
    )


async def _free(
    session: AsyncSession, availability: Availability, student_id: UUID | None, asked: Span,
    now: datetime,
) -> list[Span]:  # fmt: skip
    plan = availability.plan
    around = Span(asked.start - plan.buffer, asked.end + plan.buffer)
    busy = await repository.list_busy(session, availability.tutor_id, student_id, around)
    return plan.free(asked, busy, now)


async def book(
    session: AsyncSession, user: Principal, study_session_id: UUID, wanted: BookingCreate,
    now: datetime,
) -> BookingOut:  # fmt: skip
    """Books a slot, and makes its lesson. Raises `StudySessionNotFound`, `StudySessionNotOpen`,
    `AvailabilityNotFound`, `SlotTaken`, `CreditNeeded` or `CreditSpent`.
    """
    found = await repository.find_attended(session, user, study_session_id)
    if found is None:
        raise StudySessionNotFound
    found.check_open()
    availability = await repository.get_availability(
        session, found.id, wanted.tutor_id or found.tutor_id, lock=True
    )
    await repository.lock_student(session, user.account_id)
    slot = Span(wanted.starts_at, wanted.starts_at + availability.slot)
    if await _free(session, availability, user.account_id, slot, now) != [slot]:
        raise SlotTaken
    wish = Wish(found, user, availability)
    booking = _booking(wish, wanted, now)
    await _pay(session, wish, booking, wanted, now)
    lesson = await private.add(session, _lesson(wish, slot), now)
    booking.lesson_id = lesson.id
    await repository.add(session, booking)
    await outbox.publish(session, BookingMade(starts_at=lesson.starts_at, **_about(booking, found)))
    return _shown(booking, lesson)


def _booking(wish: Wish, wanted: BookingCreate, now: datetime) -> Booking:
    return Booking(
        id=new_id(),
        study_session_id=wish.study_session.id,
        tutor_id=wish.availability.tutor_id,
        student_id=wish.student.account_id,
        student_code=wish.student.user_code,
        note=wanted.note,
        credit_id=wanted.credit_id,
        created_at=now,
        reason="",
        revision=1,
    )


async def _pay(
    session: AsyncSession, wish: Wish, booking: Booking, wanted: BookingCreate, now: datetime
) -> None:
    if wanted.credit_id is None:
        if wish.availability.needs_credit:
            raise CreditNeeded
        return
    if not await credit_rows.spend(session, wanted.credit_id, _holder(booking), now):
        raise CreditSpent


def _holder(booking: Booking) -> Holder:
    return Holder(booking.id, booking.student_id, booking.study_session_id)


def _lesson(wish: Wish, slot: Span) -> private.Wanted:
    return private.Wanted(
        study_session_id=wish.study_session.id,
        teacher_id=wish.availability.tutor_id,
        student_id=wish.student.account_id,
        starts_at=slot.start,
        minutes=wish.availability.slot_minutes,
    )


async def move(
    session: AsyncSession, user: Principal, booking_id: UUID, to: datetime, now: datetime
) -> BookingOut:
    """A teacher holds a booked lesson at another free time, also outside the hours that are
    offered. Raises `BookingNotFound`, `BookingClosed` or `SlotTaken`.
    """
    booking, study_session = await repository.lock_taught(session, user, booking_id)
    lesson = await move_locked(session, booking, study_session, to, now)
    return _shown(booking, lesson)


async def move_locked(
    session: AsyncSession, booking: Booking, study_session: StudySession, to: datetime,
    now: datetime,
) -> Lesson:  # fmt: skip
    """Moves the lesson of a booking that is locked. Raises `BookingClosed` or `SlotTaken`."""
    await repository.lock_teacher(session, booking.tutor_id)
    await repository.lock_student(session, booking.student_id)
    lesson = await private.lock(session, booking.lesson_id)
    _check_open(booking, lesson, now)
    if to <= now:
        raise SlotTaken
    span = Span(to, to + (lesson.ends_at - lesson.starts_at))
    people = booking.tutor_id, booking.student_id
    if await repository.list_busy(session, *people, span, but=lesson.id):
        raise SlotTaken
    await private.move(session, lesson, to, now)
    booking.revision += 1
    await session.flush()
    event = BookingMoved(starts_at=lesson.starts_at, **_about(booking, study_session))
    await outbox.publish(session, event)
    return lesson


def _check_open(booking: Booking, lesson: Lesson, now: datetime) -> None:
    if booking.cancelled_at is not None or lesson.begun(now):
        raise BookingClosed


async def cancel(
    session: AsyncSession, user: Principal, booking_id: UUID, reason: str, now: datetime
) -> BookingOut:
    """Calls a booking and its lesson off. A credit comes back; a teacher who calls off owes one.

    Raises `BookingNotFound`, `BookingClosed`, or, for a student, `TooLateToCancel`.
    """
    booking, study_session = await repository.lock_for(session, user, booking_id)
    lesson = await private.lock(session, booking.lesson_id)
    _check_open(booking, lesson, now)
    if booking.student_id == user.account_id:
        notice = await repository.get_notice(session, booking.tutor_id)
        if now > lesson.starts_at - notice:
            raise TooLateToCancel
    await call_off(session, booking, study_session, lesson, Farewell(user.account_id, reason, now))
    return _shown(booking, lesson)


@dataclass(frozen=True, slots=True)
class Farewell:
    """Who calls a lesson off, why and when."""

    by: UUID
    reason: str
    at: datetime


async def call_off(
    session: AsyncSession, booking: Booking, study_session: StudySession, lesson: Lesson,
    farewell: Farewell,
) -> None:  # fmt: skip
    """Calls off a booking that stands, and its lesson; both are locked."""
    lesson.cancel(farewell.at)
    booking.cancelled_at, booking.cancelled_by = farewell.at, farewell.by
    booking.reason = farewell.reason
    booking.revision += 1
    await session.flush()
    until = farewell.at + timedelta(days=credit_rules.GOOD_DAYS)
    if booking.credit_id is not None:
        await credit_rows.give_back(session, booking.id, until)
    elif farewell.by != booking.student_id:
        owed = _owed(booking, farewell, until)
        await credit_rules.grant(session, owed, study_session.session_code)
    event = BookingCancelled(by=farewell.by, **_about(booking, study_session))
    await outbox.publish(session, event)


def _owed(booking: Booking, farewell: Farewell, until: datetime) -> Credit:
    return Credit(
        id=new_id(),
        study_session_id=booking.study_session_id,
        student_id=booking.student_id,
        lesson_id=booking.lesson_id,
        reason=farewell.reason,
        granted_by=farewell.by,
        granted_at=farewell.at,
        expires_at=until,
    )


def _shown(booking: Booking, lesson: Lesson) -> BookingOut:
    off = booking.cancelled_at is not None
    columns = Booking.__table__.columns.keys()
    values = {name: getattr(booking, name) for name in columns if name != "revision"}
    return BookingOut(
        **values,
        state=BookingState.CANCELLED if off else BookingState.BOOKED,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
    )


def _about(booking: Booking, study_session: StudySession) -> dict[str, object]:
    return {
        "study_session_id": booking.study_session_id,
        "session_code": study_session.session_code,
        "booking_id": booking.id,
        "lesson_id": booking.lesson_id,
        "tutor_id": booking.tutor_id,
        "student_id": booking.student_id,
        "revision": booking.revision,
    }
