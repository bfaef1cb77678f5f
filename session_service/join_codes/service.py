"""The rules of join codes (S2, S-A1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row
from libs.limits import Limits
from libs.postgres import Reads
from session_service.join_codes import repository
from session_service.join_codes.errors import JoinCodeUnknown
from session_service.join_codes.models import JoinCode, draw, normalise, shown
from session_service.join_codes.schemas import JoinCodeOut, JoinCodeTerms
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import StudySession

WRONG_TRIES, SECONDS = 10, 60
"""How many wrong codes a person may try in how many seconds; right ones do not count."""
DRAWS = 8


async def look_up(reads: Reads, limits: Limits, user: Principal, code: str) -> UUID:
    """The class whose join code this is. Raises `JoinCodeUnknown`, or `TooMany` after too many
    wrong tries of this person.
    """
    who = str(user.account_id)
    await limits.check("join-code", who, WRONG_TRIES)
    found = await repository.find_class(reads, normalise(code))
    if found is None:
        await limits.hit("join-code", who, WRONG_TRIES, SECONDS)
        raise JoinCodeUnknown
    return found


async def get_current(
    session: AsyncSession, study_session: StudySession, code: str
) -> JoinCode | None:
    """What was said about the code of a class that is locked. Raises `JoinCodeUnknown` unless
    `code` is its join code still: it may have been rotated while the caller waited for the lock.
    """
    found = await repository.find(session, study_session.id)
    rotated = found.code if found else None
    if normalise(code) != (rotated or normalise(study_session.session_code)):
        raise JoinCodeUnknown
    return found


async def get(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """The join code of one's own class. Raises `StudySessionNotFound`."""
    return await repository.get_owned(reads, user, study_session_id)


async def rotate(
    session: AsyncSession, user: Principal, study_session_id: UUID, terms: JoinCodeTerms
) -> Row:
    """Draws a new join code with these terms; the one before is unknown from then on. Raises
    `StudySessionNotFound`, or `Invalid` for an end in the past.
    """
    study_session, code = await _lock(session, user, study_session_id, terms)
    code.code, code.uses, code.rotated_at = await _draw_free(session), 0, _now(session)
    return _row(study_session, code)


async def set_terms(
    session: AsyncSession, user: Principal, study_session_id: UUID, terms: JoinCodeTerms
) -> Row:
    """Gives the present join code other terms. Raises `StudySessionNotFound`, or `Invalid` for an
    end in the past.
    """
    study_session, code = await _lock(session, user, study_session_id, terms)
    return _row(study_session, code)


async def _draw_free(session: AsyncSession) -> str:
    for _ in range(DRAWS):
        code = draw()
        if await repository.is_free(session, code):
            return code
    raise RuntimeError("no free join code found")


async def _lock(
    session: AsyncSession, user: Principal, study_session_id: UUID, terms: JoinCodeTerms
) -> tuple[StudySession, JoinCode]:
    study_session = await study_sessions.lock_own(session, user, study_session_id)
    if terms.expires_at is not None and terms.expires_at <= _now(session):
        raise Invalid(fields=[FieldProblem("/expires_at", "in_the_past", "must lie ahead")])
    code = await repository.find(session, study_session_id)
    if code is None:
        code = JoinCode(study_session_id=study_session_id, uses=0)
        session.add(code)
    code.expires_at, code.use_limit = terms.expires_at, terms.use_limit
    return study_session, code


def show(row: Row, origin: str) -> JoinCodeOut:
    """A class's join code, with the link that opens the web client at `origin`."""
    code = _code(row["session_code"], row["code"])
    shown_of = {name: row[name] for name in ("expires_at", "use_limit", "uses", "rotated_at")}
    return JoinCodeOut(**shown_of, code=code, link=f"{origin}/join/{code}")


def _code(session_code: str, rotated: str | None) -> str:
    """A class's join code as people read it."""
    return shown(rotated) if rotated else session_code


def _row(study_session: StudySession, code: JoinCode) -> Row:
    names = ("code", "expires_at", "use_limit", "uses", "rotated_at")
    row = {name: getattr(code, name) for name in names}
    return row | {"session_code": study_session.session_code}


def _now(session: AsyncSession) -> datetime:
    now: datetime = session.info["clock"].now()
    return now
