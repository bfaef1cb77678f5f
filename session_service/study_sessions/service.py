"""The rules of classes."""

import re
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session import (
    StudySessionActivated,
    StudySessionApproved,
    StudySessionCreated,
)
from libs.ids import new_id
from session_service.study_sessions import repository
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State, StudySessionCreate

CODE_DRAWS = 8


def draw_code(name: str) -> str:
    """A class code as the product has them, such as `MATHS-7017AA`: five letters of the name
    (filled up with X), then six hexadecimal digits by chance.
    """
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())[:5].ljust(5, "X")
    return f"{letters}-{secrets.token_hex(3).upper()}"


async def create(
    session: AsyncSession, user: Principal, wanted: StudySessionCreate, now: datetime
) -> StudySession:
    """Makes a class that waits for payment and approval."""
    made = StudySession(
        id=new_id(),
        name=wanted.name,
        description=wanted.description,
        zone=wanted.zone,
        tutor_id=user.account_id,
        state=State.PENDING.value,
        created_at=now,
        revision=1,
    )
    for _ in range(CODE_DRAWS):
        made.session_code = draw_code(wanted.name)
        try:
            await repository.add(session, made)
            break
        except repository.CodeTaken:
            continue
    else:
        raise RuntimeError("no free class code found")
    await outbox.publish(session, StudySessionCreated(**_about(made)))
    return made


async def approve(
    session: AsyncSession, admin: Principal, study_session_id: UUID, now: datetime
) -> StudySession:
    """An admin's yes; with the payment it opens the class. Raises `StudySessionNotFound` or
    `AlreadyApproved`.
    """
    found = await repository.lock(session, study_session_id)
    active = found.approve(admin.account_id, now)
    await outbox.publish(session, StudySessionApproved(**_about(found)))
    if active:
        await outbox.publish(session, StudySessionActivated(**_about(found)))
    return found


async def pay(session: AsyncSession, study_session_id: UUID, at: datetime) -> None:
    """Notes a payment; with the approval it opens the class. Raises `StudySessionNotFound`."""
    found = await repository.lock(session, study_session_id)
    if found.pay(at):
        await outbox.publish(session, StudySessionActivated(**_about(found)))


def _about(row: StudySession) -> dict[str, object]:
    return {
        "study_session_id": row.id,
        "session_code": row.session_code,
        "tutor_id": row.tutor_id,
        "revision": row.revision,
    }
