"""Queries for memberships. Permission is part of every query.

Who changes a membership locks its class first: seats are counted under that lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, bindparam, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest, encode
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.memberships.errors import MembershipNotFound
from session_service.memberships.models import Membership
from session_service.memberships.schemas import (
    SEATED,
    MembershipOut,
    MembershipPlace,
    MembershipState,
)
from session_service.people.models import Person
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_BY_STATE = {"state": Membership.state == bindparam("state")}
_OWN = PageQuery(
    select(*columns_of(Membership, MembershipOut)).where(
        Membership.student_id == bindparam("student_id")
    ),
    Membership.id,
    _BY_STATE,
)
_TAUGHT = PageQuery(
    select(*columns_of(Membership, MembershipOut), Person.name.label("student_name"))
    .join(StudySession, StudySession.id == Membership.study_session_id)
    .outerjoin(Person, Person.account_id == Membership.student_id)
    .where(
        StudySession.id == bindparam("study_session_id"),
        taught_by(_CALLER, HELPERS),
    ),
    Membership.id,
    _BY_STATE,
)
_before = aliased(Membership)
_PLACE = (
    select(func.nullif(func.count(), 0))
    .where(
        _before.study_session_id == Membership.study_session_id,
        _before.state == MembershipState.WAITING.value,
        _before.waiting_number <= Membership.waiting_number,
    )
    .scalar_subquery()
)
_WAITING = Query(
    select(
        *columns_of(Membership, MembershipPlace, without=["place"]),
        _PLACE.label("place"),
        Membership.waiting_number,
        Person.name.label("student_name"),
    )
    .outerjoin(Person, Person.account_id == Membership.student_id)
    .where(
        Membership.study_session_id == bindparam("study_session_id"),
        Membership.state == MembershipState.WAITING.value,
        Membership.waiting_number > bindparam("after", type_=Integer()),
        taught_by(_CALLER, HELPERS, Membership.study_session_id),
    )
    .order_by(Membership.waiting_number)
    .limit(bindparam("rows"))
)
_ONE = Query(
    select(
        *columns_of(Membership, MembershipPlace, without=["place"]), _PLACE.label("place")
    ).where(
        Membership.id == bindparam("membership_id"),
        or_(
            Membership.student_id == _CALLER,
            taught_by(_CALLER, HELPERS, Membership.study_session_id),
        ),
    )
)
_SEATS = Statement(
    select(
        func.count()
        .filter(or_(*(Membership.state == state.value for state in SEATED)))
        .label("taken"),
        func.count().filter(Membership.state == MembershipState.WAITING.value).label("waiting"),
        func.coalesce(func.max(Membership.waiting_number), 0).label("last_number"),
    ).where(Membership.study_session_id == bindparam("study_session_id"))
)
_LOCK = Statement(
    select(*StudySession.__table__.columns)
    .where(StudySession.id == bindparam("study_session_id"))
    .with_for_update(key_share=True)
)
_OWN_ID = Statement(
    select(Membership.id).where(
        Membership.student_id == bindparam("student_id"),
        Membership.study_session_id == bindparam("study_session_id"),
    )
)
"""Most who ask are new: of these there is nothing to load."""
_COLUMNS = [column.key for column in Membership.__table__.columns]
_ADD = Statement(insert(Membership).inline(), _COLUMNS)


@dataclass(slots=True)
class Seats:
    """The seats of a class whose row is locked; `last_number` is that of the last who waits."""

    taken: int
    waiting: int
    last_number: int
    capacity: int | None

    @property
    def free(self) -> int:
        """How many are free; as many as there are people waiting, and one more, without a limit."""
        if self.capacity is None:
            return self.waiting + 1
        return max(0, self.capacity - self.taken)


async def lock_class(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """A class by id, locked, for whoever may ask for a place in it, and to be looked at only: the
    session does not know the object. Raises `StudySessionNotFound`.
    """
    rows = await _LOCK.run(session, study_session_id=study_session_id)
    if not rows:
        raise StudySessionNotFound
    return StudySession(**rows[0])


def _locking() -> Select[StudySession]:
    # Not FOR UPDATE: rows that refer to the class can be added meanwhile.
    statement = select(StudySession).with_for_update(key_share=True, of=StudySession)
    return statement.execution_options(populate_existing=True)


async def count_seats(session: AsyncSession, study_session: StudySession) -> Seats:
    """The seats of a class that is locked."""
    [row] = await _SEATS.run(session, study_session_id=study_session.id)
    return Seats(**row, capacity=study_session.capacity)


async def list_waiting(
    session: AsyncSession, study_session_id: UUID, limit: int
) -> Sequence[Membership]:
    """The first who wait for a seat in a class that is locked, in the order of arrival."""
    statement = (
        select(Membership)
        .where(
            Membership.study_session_id == study_session_id,
            Membership.state == MembershipState.WAITING.value,
        )
        .order_by(Membership.waiting_number)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def find_own(
    session: AsyncSession, student_id: UUID, study_session_id: UUID
) -> Membership | None:
    """A student's membership in a class that is locked."""
    rows = await _OWN_ID.run(session, student_id=student_id, study_session_id=study_session_id)
    return await session.get_one(Membership, rows[0]["id"]) if rows else None


async def add(session: AsyncSession, membership: Membership) -> None:
    """Adds a membership that is complete: the session does not know the object afterwards."""
    await _ADD.run(session, **{name: getattr(membership, name) for name in _COLUMNS})


async def lock_own(
    session: AsyncSession, user: Principal, membership_id: UUID
) -> tuple[Membership, StudySession]:
    """A membership of the caller's, and its class, locked. Raises `MembershipNotFound`."""
    own = select(Membership.study_session_id).where(
        Membership.id == membership_id, Membership.student_id == user.account_id
    )
    return await _lock(session, membership_id, StudySession.id == own.scalar_subquery())


async def lock_taught(
    session: AsyncSession, user: Principal, membership_id: UUID
) -> tuple[Membership, StudySession]:
    """A membership in a class that the caller teaches, and the class, locked. Raises
    `MembershipNotFound`.
    """
    of = select(Membership.study_session_id).where(Membership.id == membership_id)
    return await _lock(
        session,
        membership_id,
        StudySession.id == of.scalar_subquery(),
        taught_by(user.account_id),
    )


async def _lock(
    session: AsyncSession, membership_id: UUID, *conditions: ColumnElement[bool]
) -> tuple[Membership, StudySession]:
    study_session = await session.scalar(_locking().where(*conditions))
    if study_session is None:
        raise MembershipNotFound
    membership = await session.get_one(Membership, membership_id, populate_existing=True)
    return membership, study_session


async def get_for(reads: Reads, user: Principal, membership_id: UUID) -> Row:
    """A membership of the caller's, or of a class in which the caller helps, with its place in the
    wait list. Raises `MembershipNotFound`.
    """
    found = await _ONE.first(reads, caller=user.account_id, membership_id=membership_id)
    if found is None:
        raise MembershipNotFound
    return found


async def list_taught(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    page: PageRequest,
    state: MembershipState | None,
) -> RowPage:
    """Members of a class that the caller teaches, and their names, newest first."""
    return await _TAUGHT.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id, state=state
    )


async def list_own(
    reads: Reads, student_id: UUID, page: PageRequest, state: MembershipState | None
) -> RowPage:
    """A student's memberships, newest first."""
    return await _OWN.page(reads, page, student_id=student_id, state=state)


async def list_wait_list(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Who waits for a seat in a class that the caller helps in, the next one first. The cursor
    holds the last row's number, which grows in the order of arrival.
    """
    after = min(page.after.int, 2**31 - 1) if page.after else 0
    rows = await _WAITING.all(
        reads,
        caller=user.account_id,
        study_session_id=study_session_id,
        after=after,
        rows=page.limit + 1,
    )
    numbers = [row.pop("waiting_number") for row in rows]
    more = len(rows) > page.limit
    cursor = encode(UUID(int=numbers[page.limit - 1])) if more else None
    return {"items": rows[: page.limit], "next_cursor": cursor}
