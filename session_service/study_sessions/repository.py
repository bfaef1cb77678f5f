"""Queries for classes. Permission is part of every query."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.auth import Principal, Role
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import PAUSABLE, StudySession, Taught
from session_service.study_sessions.schemas import State, StudySessionOut

_CALLER = bindparam("caller", type_=Uuid())
_BY_ID = StudySession.id == bindparam("study_session_id")
_TAUGHT = Statement(
    select(
        StudySession.id.label("study_session_id"),
        StudySession.session_code,
        StudySession.tutor_id,
        StudySession.state,
        StudySession.paused_at,
    ).where(_BY_ID, taught_by(_CALLER))
)
_HELPED = Query(select(StudySession.id).where(_BY_ID, taught_by(_CALLER, HELPERS)))
_ALL = select(
    *columns_of(StudySession, StudySessionOut, without=("image",)),
    StudySession.image_folder,
    StudySession.image_alt,
)
"""All that `images.shown` needs."""
_VISIBLE = _ALL.where(or_(taught_by(_CALLER, HELPERS), attended_by(_CALLER), observed_by(_CALLER)))
"""The classes in which a caller teaches, helps, learns or observes."""
_FILTERS = {"state": StudySession.state == bindparam("state")}
_TAGGED = StudySession.revision
_ANY_ONE = Query(_ALL.add_columns(_TAGGED).where(_BY_ID))
_ONE = Query(_VISIBLE.add_columns(_TAGGED).where(_BY_ID))
_ANY_PAGE = PageQuery(_ALL, StudySession.id, _FILTERS)
_PAGE = PageQuery(_VISIBLE, StudySession.id, _FILTERS)


class CodeTaken(Exception):
    """The drawn code exists already: draw again."""


async def add(session: AsyncSession, study_session: StudySession) -> None:
    """Adds a class. Raises `CodeTaken`; the transaction stays usable."""
    try:
        async with session.begin_nested():
            session.add(study_session)
            await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error).endswith("session_code"):
            raise CodeTaken from error
        raise


async def get_for(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """A class that the caller may see, with its revision: one in which one has any role, for admins
    any. Raises `StudySessionNotFound`.
    """
    if user.role is Role.ADMIN:
        found = await _ANY_ONE.first(reads, study_session_id=study_session_id)
    else:
        found = await _ONE.first(reads, caller=user.account_id, study_session_id=study_session_id)
    if found is None:
        raise StudySessionNotFound
    return found


async def get_taught(session: Transaction, user: Principal, study_session_id: UUID) -> Taught:
    """A class that the caller teaches. Raises `StudySessionNotFound`."""
    rows = await _TAUGHT.run(session, caller=user.account_id, study_session_id=study_session_id)
    if not rows:
        raise StudySessionNotFound
    return Taught(**rows[0])


async def check_seen(reads: Reads, user: Principal, study_session_id: UUID) -> None:
    """Raises `StudySessionNotFound` unless the caller has any place in this class."""
    wanted = {"caller": user.account_id, "study_session_id": study_session_id}
    if await _ONE.first(reads, **wanted) is None:
        raise StudySessionNotFound


async def check_helped(reads: Reads, user: Principal, study_session_id: UUID) -> None:
    """Raises `StudySessionNotFound` unless the caller teaches or helps in this class."""
    wanted = {"caller": user.account_id, "study_session_id": study_session_id}
    if await _HELPED.first(reads, **wanted) is None:
        raise StudySessionNotFound


async def lock(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """A class by id, locked; for admins and for events. Raises `StudySessionNotFound`."""
    found = await session.get(StudySession, study_session_id, with_for_update=True)
    if found is None:
        raise StudySessionNotFound
    return found


async def lock_own(session: AsyncSession, user: Principal, study_session_id: UUID) -> StudySession:
    """A class that the caller owns, locked. Raises `StudySessionNotFound`."""
    found = await session.scalar(
        select(StudySession)
        .where(StudySession.id == study_session_id, StudySession.tutor_id == user.account_id)
        .with_for_update()
    )
    if found is None:
        raise StudySessionNotFound
    return found


async def lock_pausable(session: AsyncSession, tutor_id: UUID) -> Sequence[StudySession]:
    """The classes of an owner that may be paused, locked, in the order of their ids."""
    rows = await session.scalars(
        select(StudySession)
        .where(StudySession.tutor_id == tutor_id, StudySession.state.in_(PAUSABLE))
        .order_by(StudySession.id)
        .with_for_update()
    )
    return rows.all()


async def list_page(
    reads: Reads, user: Principal, page: PageRequest, state: State | None
) -> RowPage:
    """The classes that the caller may see, newest first."""
    if user.role is Role.ADMIN:
        return await _ANY_PAGE.page(reads, page, state=state)
    return await _PAGE.page(reads, page, caller=user.account_id, state=state)
