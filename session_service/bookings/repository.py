"""Queries for availability and bookings. Permission is part of every query."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.bookings.errors import AvailabilityNotFound, BookingNotFound
from session_service.bookings.models import Availability, Booking
from session_service.bookings.schemas import AvailabilityOut, BookingOut, BookingState
from session_service.bookings.slots import Span
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import LessonState
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_OWN = Query(
    select(*columns_of(Availability, AvailabilityOut), Availability.revision).where(
        Availability.tutor_id == _CALLER
    )
)
_CALLED_OFF = or_(Booking.cancelled_at.is_not(None), Lesson.state == LessonState.CANCELLED.value)
_OF_LESSON = ("state", "starts_at", "ends_at")
_BOOKINGS = (
    select(
        *columns_of(Booking, BookingOut, without=_OF_LESSON),
        Lesson.starts_at,
        Lesson.ends_at,
        case((_CALLED_OFF, BookingState.CANCELLED.value), else_=BookingState.BOOKED.value).label(
            "state"
        ),
    )
    .join(Lesson, Lesson.id == Booking.lesson_id)
    .where(
        or_(
            Booking.student_id == _CALLER,
            taught_by(_CALLER, HELPERS, Booking.study_session_id),
            observed_by(_CALLER, Booking.study_session_id, Booking.student_id),
        )
    )
)
_PAGE = PageQuery(
    _BOOKINGS,
    Booking.id,
    {"study_session_id": Booking.study_session_id == bindparam("study_session_id")},
)
_ONE = Query(_BOOKINGS.where(Booking.id == bindparam("booking_id")))


async def read_own(reads: Reads, user: Principal) -> Row:
    """The caller's availability with its revision. Raises `AvailabilityNotFound`."""
    found = await _OWN.first(reads, caller=user.account_id)
    if found is None:
        raise AvailabilityNotFound
    return found


async def lock_own(session: AsyncSession, user: Principal) -> Availability | None:
    """The caller's availability, locked; `None` before it was first set."""
    return await session.get(Availability, user.account_id, with_for_update=True)


async def add_availability(session: AsyncSession, made: Availability) -> bool:
    """Adds an availability; false if its teacher has one."""
    columns = Availability.__table__.columns.keys()
    values = {name: getattr(made, name) for name in columns}
    statement = insert(Availability).values(values).on_conflict_do_nothing()
    added = await session.scalar(statement.returning(Availability.tutor_id))
    return added is not None


async def find_class(
    session: AsyncSession, user: Principal, study_session_id: UUID
) -> StudySession | None:
    """A class in which the caller is a student, teaches or helps, or observes."""
    me = user.account_id
    return await session.scalar(
        select(StudySession).where(
            StudySession.id == study_session_id,
            or_(attended_by(me), taught_by(me, HELPERS), observed_by(me)),
        )
    )


async def find_attended(
    session: AsyncSession, user: Principal, study_session_id: UUID
) -> StudySession | None:
    """A class in which the caller is a student."""
    return await session.scalar(
        select(StudySession).where(
            StudySession.id == study_session_id, attended_by(user.account_id)
        )
    )


async def get_availability(
    session: AsyncSession, study_session_id: UUID, tutor_id: UUID, *, lock: bool = False
) -> Availability:
    """When somebody who teaches a class can be booked. Raises `AvailabilityNotFound`."""
    statement = select(Availability).where(
        Availability.tutor_id == tutor_id,
        select(StudySession.id)
        .where(StudySession.id == study_session_id, taught_by(tutor_id))
        .exists(),
    )
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise AvailabilityNotFound
    return found


async def lock_teacher(session: AsyncSession, tutor_id: UUID) -> None:
    """Lets nobody book a teacher meanwhile."""
    await session.get(Availability, tutor_id, with_for_update=True)


async def lock_student(session: AsyncSession, student_id: UUID) -> None:
    """Lets one booking of a student at a time be made, whoever is booked."""
    key = func.hashtextextended(f"booking:{student_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def list_busy(
    session: AsyncSession, tutor_id: UUID, student_id: UUID | None, within: Span,
    but: UUID | None = None,
) -> Sequence[Span]:  # fmt: skip
    """When lessons of a teacher, or of a student, are held that meet a span; `but` one of them."""
    teacher = or_(
        Lesson.teacher_id == tutor_id,
        and_(Lesson.teacher_id.is_(None), taught_by(tutor_id, column=Lesson.study_session_id)),
    )
    student = or_(
        Lesson.student_id == student_id,
        and_(Lesson.student_id.is_(None), attended_by(student_id, Lesson.study_session_id)),
    ) if student_id else literal(False)  # fmt: skip
    rows = await session.execute(
        select(Lesson.starts_at, Lesson.ends_at).where(
            Lesson.state == LessonState.SCHEDULED.value,
            Lesson.starts_at < within.end,
            Lesson.ends_at > within.start,
            or_(teacher, student),
            Lesson.id != but if but else literal(True),
        )
    )
    return [Span(start, end) for start, end in rows]


async def add(session: AsyncSession, booking: Booking) -> None:
    """Adds a booking."""
    session.add(booking)
    await session.flush()


async def lock_for(
    session: AsyncSession, user: Principal, booking_id: UUID
) -> tuple[Booking, StudySession]:
    """A booking that is the caller's, or of a class that the caller teaches, locked. Raises
    `BookingNotFound`.
    """
    mine = or_(Booking.student_id == user.account_id, taught_by(user.account_id))
    return await _lock(session, Booking.id == booking_id, mine)


async def lock_taught(
    session: AsyncSession, user: Principal, booking_id: UUID
) -> tuple[Booking, StudySession]:
    """A booking of a class that the caller teaches, locked. Raises `BookingNotFound`."""
    return await _lock(session, Booking.id == booking_id, taught_by(user.account_id))


async def lock_of_lesson(session: AsyncSession, lesson_id: UUID) -> tuple[Booking, StudySession]:
    """The booking of a lesson that was found with permission, locked. Raises `BookingNotFound`
    for a lesson of the whole class.
    """
    return await _lock(session, Booking.lesson_id == lesson_id)


async def _lock(
    session: AsyncSession, *conditions: ColumnElement[bool]
) -> tuple[Booking, StudySession]:
    row = (
        await session.execute(
            select(Booking, StudySession)
            .join(StudySession, StudySession.id == Booking.study_session_id)
            .where(*conditions)
            .with_for_update(of=Booking)
        )
    ).first()
    if row is None:
        raise BookingNotFound
    return row[0], row[1]


async def get_for(reads: Reads, user: Principal, booking_id: UUID) -> Row:
    """A booking that the caller may see. Raises `BookingNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, booking_id=booking_id)
    if found is None:
        raise BookingNotFound
    return found


async def list_page(
    reads: Reads, user: Principal, page: PageRequest, study_session_id: UUID | None
) -> RowPage:
    """Bookings that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


async def get_notice(session: AsyncSession, tutor_id: UUID) -> timedelta:
    """How long before a lesson a teacher's students may still call it off."""
    found = await session.get(Availability, tutor_id)
    return timedelta(minutes=found.notice_minutes if found else 0)
