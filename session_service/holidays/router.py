"""Holidays over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.holidays import service
from session_service.holidays.errors import HolidayNotFound, TooManyHolidays
from session_service.holidays.schemas import (
    HolidayOut,
    HolidayRemovedOut,
    HolidaysCreate,
    HolidaysOut,
)
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["holidays"], route_class=IdempotentRoute)


@router.post(
    "/study-sessions/{study_session_id}/holidays",
    status_code=201,
    response_model=HolidaysOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, TooManyHolidays, KeyRunning, Invalid,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def add_holidays(
    study_session_id: UUID, body: HolidaysCreate, session: SessionDep, user: Tutor, now: Now
) -> service.Added:
    """Adds one holiday or a whole list. Lessons ahead on these days are cancelled, also those that
    will be made later.
    """
    return await service.add(session, user, study_session_id, body, now)


@router.get(
    "/study-sessions/{study_session_id}/holidays",
    response_model=Page[HolidayOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_holidays(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """A class's holidays, newest first."""
    return await service.list_page(reads, user, study_session_id, page)


@router.delete(
    "/holidays/{holiday_id}",
    response_model=HolidayRemovedOut,
    responses=problems(Unauthorized, WrongRole, HolidayNotFound, Invalid),
)
async def remove_holiday(
    holiday_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> service.Removed:
    """Takes a holiday back. Lessons ahead that it cancelled take place after all."""
    return await service.remove(session, user, holiday_id, now)
