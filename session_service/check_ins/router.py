"""Checking in over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import WrongRole
from libs.deps import Now, Student, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row
from libs.postgres_deps import SessionDep
from session_service.attendance.schemas import AttendanceOut
from session_service.check_ins import service
from session_service.check_ins.errors import CheckInClosed, CheckInCodeWrong
from session_service.check_ins.schemas import CheckIn, CheckInCode
from session_service.lessons.errors import LessonNotFound, LessonNotScheduled

router = APIRouter(prefix="/v1", tags=["attendance"])


@router.get(
    "/lessons/{lesson_id}/check-in-code",
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonNotScheduled, CheckInClosed, Invalid
    ),
)
async def get_check_in_code(
    lesson_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> CheckInCode:
    """The code to show to the class, from a quarter of an hour before a lesson until its end.
    Another one every 30 seconds.
    """
    return await service.show_code(session, user, lesson_id, now)


@router.post(
    "/lessons/{lesson_id}/check-ins",
    status_code=201,
    response_model=AttendanceOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonNotScheduled, CheckInClosed,
        CheckInCodeWrong, Invalid, TooMany,
    ),
    dependencies=[Depends(limited("check-in", 10, 60, by="account"))],
)  # fmt: skip
async def check_in(
    lesson_id: UUID, body: CheckIn, session: SessionDep, user: Student, now: Now
) -> Row:
    """Says that one is there, by the code that the tutor shows; ten tries a minute."""
    return await service.check_in(session, user, lesson_id, body, now)
