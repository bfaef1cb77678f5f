"""Queries for join codes. Permission is part of every query for people; who changes a code, or
counts its use, locks the class first.
"""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import Query, Row
from libs.postgres import Reads
from session_service.join_codes.models import JoinCode
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_ROTATED = select(JoinCode.study_session_id).where(JoinCode.code == bindparam("code"))
_PUBLIC = (
    select(StudySession.id)
    .outerjoin(JoinCode, JoinCode.study_session_id == StudySession.id)
    .where(StudySession.session_code == bindparam("public_code"), JoinCode.code.is_(None))
)
_FIND = Query(
    select(func.coalesce(_ROTATED.scalar_subquery(), _PUBLIC.scalar_subquery()).label("id"))
)
_OWNED = Query(
    select(
        StudySession.session_code,
        JoinCode.code,
        JoinCode.expires_at,
        JoinCode.use_limit,
        func.coalesce(JoinCode.uses, 0).label("uses"),
        JoinCode.rotated_at,
    )
    .outerjoin(JoinCode, JoinCode.study_session_id == StudySession.id)
    .where(
        StudySession.id == bindparam("study_session_id"),
        StudySession.tutor_id == bindparam("caller", type_=Uuid()),
    )
)
_SAID = Statement(
    select(JoinCode.study_session_id).where(
        JoinCode.study_session_id == bindparam("study_session_id")
    )
)


async def find_class(reads: Reads, code: str) -> UUID | None:
    """The class whose join code this is, now; `code` as it is stored."""
    public_code = f"{code[:5]}-{code[5:]}"
    found = await _FIND.first(reads, code=code, public_code=public_code)
    return found["id"] if found else None


async def get_owned(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """The code of a class that is the caller's own. Raises `StudySessionNotFound`."""
    found = await _OWNED.first(reads, caller=user.account_id, study_session_id=study_session_id)
    if found is None:
        raise StudySessionNotFound
    return found


async def find(session: AsyncSession, study_session_id: UUID) -> JoinCode | None:
    """What was said about the code of a class that is locked."""
    said = await _SAID.run(session, study_session_id=study_session_id)
    return await session.get(JoinCode, study_session_id) if said else None


async def is_free(session: AsyncSession, code: str) -> bool:
    """Whether no class has this code."""
    return await session.scalar(select(JoinCode.code).where(JoinCode.code == code)) is None
