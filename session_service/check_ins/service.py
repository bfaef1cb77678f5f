"""The rules of checking in: by a code that the tutor shows to the class (S-A13)."""

import io
import secrets
from datetime import datetime
from uuid import UUID

import segno
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Row
from session_service.attendance import repository as attendance
from session_service.attendance import service as attendance_rules
from session_service.attendance.repository import Held
from session_service.attendance.schemas import Source
from session_service.check_ins import codes, repository
from session_service.check_ins.errors import CheckInClosed, CheckInCodeWrong
from session_service.check_ins.models import OPENS_BEFORE
from session_service.check_ins.schemas import CheckIn, CheckInCode


async def check_in(
    session: AsyncSession, user: Principal, lesson_id: UUID, wanted: CheckIn, now: datetime
) -> Row:
    """A student says to be there; a repeat changes nothing.

    Raises `LessonNotFound`, `LessonNotScheduled`, `CheckInClosed` or `CheckInCodeWrong`.
    """
    held = await attendance.get_attended(session, user, lesson_id)
    _check_open(held, now)
    secret = await repository.find(session, lesson_id)
    if secret is None or not codes.is_good(secret, lesson_id, now, wanted.code):
        raise CheckInCodeWrong
    source = Source.QR if wanted.scanned else Source.CODE
    record = await attendance_rules.check_in(session, held, user.account_id, source, now)
    return await attendance.show(session, user, record.id)


async def show_code(
    session: AsyncSession, user: Principal, lesson_id: UUID, now: datetime
) -> CheckInCode:
    """The code of now, for who teaches or helps. Raises `LessonNotFound`, `LessonNotScheduled` or
    `CheckInClosed`.
    """
    held = await attendance.get_helped(session, user, lesson_id)
    _check_open(held, now)
    secret = await repository.ensure(session, lesson_id, secrets.token_bytes(32))
    code = codes.code_of(secret, lesson_id, codes.step_of(now))
    told = f"studyzed:check-in:{lesson_id}:{code}"
    picture = io.BytesIO()
    segno.make_qr(told).save(picture, kind="svg", xmldecl=False, scale=8)
    return CheckInCode(
        code=f"{code[:3]}-{code[3:]}",
        qr_text=told,
        qr_svg=picture.getvalue().decode(),
        next_at=codes.next_step(now),
    )


def _check_open(held: Held, now: datetime) -> None:
    attendance_rules.check_held(held)
    if not held.times.starts_at - OPENS_BEFORE <= now <= held.times.ends_at:
        raise CheckInClosed
