"""Availability, slots and bookings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.bookings import repository, service
from session_service.bookings.errors import (
    AvailabilityNotFound,
    BookingClosed,
    BookingNotFound,
    CreditNeeded,
    SlotTaken,
    TooLateToCancel,
)
from session_service.bookings.schemas import (
    AvailabilityOut,
    AvailabilityUpdate,
    BookingCancel,
    BookingCreate,
    BookingMove,
    BookingOut,
    Slots,
    When,
)
from session_service.bookings.service import Asked
from session_service.bookings.slots import Span
from session_service.credits.errors import CreditSpent
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["bookings"], route_class=IdempotentRoute)


async def get_asked(
    start: Annotated[When, Query(alias="from", description="Slots that start then or later.")],
    end: Annotated[When, Query(alias="to", description="Slots that end by then.")],
    tutor_id: Annotated[UUID | None, Query(description="Of this teacher, not the owner.")] = None,
) -> Asked:
    """The query parameters of a search."""
    return Asked(Span(start, end), tutor_id)


AskedDep = Annotated[Asked, Depends(get_asked)]


@router.get(
    "/me/availability",
    response_model=AvailabilityOut,
    responses=problems(Unauthorized, WrongRole, AvailabilityNotFound),
)
async def get_my_availability(reads: ReadsDep, user: Tutor, response: Response) -> Row:
    """When the caller can be booked."""
    found = await repository.read_own(reads, user)
    response.headers["ETag"] = etags.of(found.pop("revision"))
    return found


@router.put(
    "/me/availability",
    responses=problems(Unauthorized, WrongRole, Stale, Invalid),
)
async def set_my_availability(
    body: AvailabilityUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> AvailabilityOut:
    """Says when the caller can be booked, in all classes that the caller teaches. What is booked
    stays booked. With `If-Match` only if nobody has changed it meanwhile.
    """
    shown, revision = await service.set_availability(session, user, body, tags.if_match)
    tags.show(revision)
    return shown


@router.get(
    "/study-sessions/{study_session_id}/slots",
    responses=problems(Unauthorized, StudySessionNotFound, AvailabilityNotFound, Invalid),
)
async def list_slots(
    study_session_id: UUID, session: SessionDep, user: CurrentUser, now: Now, asked: AskedDep
) -> Slots:
    """Times at which a teacher of the class can be booked, for 31 days at most."""
    return await service.list_slots(session, user, study_session_id, asked, now)


@router.post(
    "/study-sessions/{study_session_id}/bookings",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        AvailabilityNotFound, SlotTaken, CreditNeeded, CreditSpent, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_booking(
    study_session_id: UUID, body: BookingCreate, session: SessionDep, user: Student, now: Now
) -> BookingOut:
    """Books a free slot: a lesson for the caller alone."""
    return await service.book(session, user, study_session_id, body, now)


@router.get(
    "/bookings",
    response_model=Page[BookingOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_bookings(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only of this class.")] = None,
) -> RowPage:
    """Bookings, newest first: one's own; for those who teach or help, the class's."""
    return await repository.list_page(reads, user, page, study_session_id)


@router.get(
    "/bookings/{booking_id}",
    response_model=BookingOut,
    responses=problems(Unauthorized, BookingNotFound, Invalid),
)
async def get_booking(booking_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One booking."""
    return await repository.get_for(reads, user, booking_id)


@router.post(
    "/bookings/{booking_id}/cancellation",
    responses=problems(Unauthorized, BookingNotFound, BookingClosed, TooLateToCancel, Invalid),
)
async def cancel_booking(
    booking_id: UUID, body: BookingCancel, session: SessionDep, user: CurrentUser, now: Now
) -> BookingOut:
    """Calls a booking off: its student until `notice_minutes` before, its teachers until it
    begins. A credit that was used comes back; a teacher who calls off owes a make-up lesson.
    """
    return await service.cancel(session, user, booking_id, body.reason, now)


@router.post(
    "/bookings/{booking_id}/move",
    responses=problems(Unauthorized, WrongRole, BookingNotFound, BookingClosed, SlotTaken, Invalid),
)
async def move_booking(
    booking_id: UUID, body: BookingMove, session: SessionDep, user: Tutor, now: Now
) -> BookingOut:
    """Holds a booked lesson at another time at which both are free; for the class's teachers."""
    return await service.move(session, user, booking_id, body.starts_at, now)
