"""Requests for another time over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.bookings.errors import BookingClosed, SlotTaken
from session_service.lessons.errors import LessonNotFound
from session_service.reschedules import repository, service
from session_service.reschedules.errors import (
    CannotMove,
    LessonOver,
    RescheduleClosed,
    RescheduleNotFound,
    RescheduleOpen,
)
from session_service.reschedules.models import Reschedule
from session_service.reschedules.schemas import (
    RescheduleAccept,
    RescheduleCreate,
    RescheduleDecline,
    RescheduleOut,
    RescheduleState,
)

router = APIRouter(prefix="/v1", tags=["reschedules"], route_class=IdempotentRoute)


@router.post(
    "/lessons/{lesson_id}/reschedules",
    status_code=201,
    response_model=RescheduleOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonOver, CannotMove, RescheduleOpen, KeyRunning,
        Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_reschedule(
    lesson_id: UUID, body: RescheduleCreate, session: SessionDep, user: Student, now: Now
) -> Reschedule:
    """Asks for another time for a lesson, or for a make-up lesson."""
    return await service.ask(session, user, lesson_id, body, now)


@router.get(
    "/reschedules",
    response_model=Page[RescheduleOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_reschedules(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only of this class.")] = None,
    state: Annotated[RescheduleState | None, Query(description="Only in this state.")] = None,
) -> RowPage:
    """Requests, newest first: one's own; for those who teach or help, the class's."""
    return await repository.list_page(reads, user, page, study_session_id, state)


@router.post(
    "/reschedules/{reschedule_id}/acceptance",
    response_model=RescheduleOut,
    responses=problems(
        Unauthorized, WrongRole, RescheduleNotFound, RescheduleClosed, LessonOver, CannotMove,
        BookingClosed, SlotTaken, Invalid,
    ),
)  # fmt: skip
async def accept_reschedule(
    reschedule_id: UUID, body: RescheduleAccept, session: SessionDep, user: Tutor, now: Now
) -> Reschedule:
    """Grants another time, or a make-up credit."""
    return await service.accept(session, user, reschedule_id, body, now)


@router.post(
    "/reschedules/{reschedule_id}/refusal",
    response_model=RescheduleOut,
    responses=problems(Unauthorized, WrongRole, RescheduleNotFound, RescheduleClosed, Invalid),
)
async def decline_reschedule(
    reschedule_id: UUID, body: RescheduleDecline, session: SessionDep, user: Tutor, now: Now
) -> Reschedule:
    """Declines a request."""
    return await service.decline(session, user, reschedule_id, body.note, now)


@router.post(
    "/reschedules/{reschedule_id}/withdrawal",
    response_model=RescheduleOut,
    responses=problems(Unauthorized, WrongRole, RescheduleNotFound, RescheduleClosed, Invalid),
)
async def withdraw_reschedule(
    reschedule_id: UUID, session: SessionDep, user: Student, now: Now
) -> Reschedule:
    """Takes one's own request back."""
    return await service.withdraw(session, user, reschedule_id, now)
