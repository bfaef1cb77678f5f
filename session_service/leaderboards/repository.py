"""Queries for leaderboards. Permission is part of every query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, seen_by
from session_service.extensions.models import Extension
from session_service.grade_items.models import GradeItem
from session_service.leaderboards.models import LeaderboardOptOut
from session_service.marks.models import RELEASED, Mark
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.progress.repository import Days
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

MOST_PLACES = 100
"""However many share a rank."""
_CALLER = bindparam("caller", type_=Uuid())
_CLASS = bindparam("study_session_id", type_=Uuid())
_SINCE, _UNTIL = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until"))
_TOP = bindparam("top", type_=Integer())
_OWN_OPT_OUT = exists().where(
    LeaderboardOptOut.study_session_id == StudySession.id,
    LeaderboardOptOut.student_id == _CALLER,
)
_SEEN = Query(
    select(StudySession.zone, _OWN_OPT_OUT.label("opted_out")).where(
        StudySession.id == _CLASS, seen_by(_CALLER)
    )
)
_AT = func.coalesce(func.greatest(Extension.due_at, GradeItem.due_at), Mark.released_at)
"""Where in time a mark counts, as in dashboards."""
_OWN = or_(
    Membership.student_id == _CALLER,
    observed_by(_CALLER, Membership.study_session_id, Membership.student_id),
)
_points = (
    select(
        Membership.study_session_id,
        Membership.student_id,
        Membership.student_code,
        func.sum(Mark.total).label("points"),
        func.bool_or(_OWN).label("own"),
    )
    .join(
        Mark,
        and_(
            Mark.study_session_id == Membership.study_session_id,
            Mark.student_id == Membership.student_id,
        ),
    )
    .join(GradeItem, GradeItem.id == Mark.item_id)
    .outerjoin(
        Extension,
        and_(Extension.item_id == Mark.item_id, Extension.student_id == Mark.student_id),
    )
    .where(
        Membership.study_session_id == _CLASS,
        Membership.state == MembershipState.APPROVED.value,
        RELEASED,
        ~Mark.excused,
        and_(_AT >= _SINCE, _AT < _UNTIL),
        ~exists().where(
            LeaderboardOptOut.study_session_id == Membership.study_session_id,
            LeaderboardOptOut.student_id == Membership.student_id,
        ),
    )
    .group_by(Membership.study_session_id, Membership.student_id, Membership.student_code)
    .subquery("points")
)
"""Released marks of this class alone (R7), by student; whoever has none takes no part."""
_by_points = _points.c.points.desc()
_ranked = select(
    _points,
    func.dense_rank().over(order_by=_by_points).label("rank"),
    func.row_number().over(order_by=(_by_points, _points.c.student_id)).label("place"),
    (func.rank().over(order_by=_by_points) - 1).label("better"),
    func.count().over().label("number"),
).subquery("ranked")
_r = _ranked.c
_listed = and_(_r.better < func.least(_TOP, (_r.number + 1) // 2), _r.place <= MOST_PLACES)
_LEADERBOARD = Query(
    select(
        _r.rank,
        _r.student_code,
        Person.name.label("student_name"),
        _r.points,
        _r.own,
        _listed.label("listed"),
    )
    .outerjoin(Person, Person.account_id == _r.student_id)
    .where(or_(_listed, _r.own))
    .order_by(_r.place)
    .limit(MOST_PLACES + 1)
)


async def get_seen(reads: Reads, user: Principal, study_session_id: UUID) -> Row:
    """The zone of a class in which the caller has a place, and whether the caller is hidden from
    its leaderboard. Raises `StudySessionNotFound`.
    """
    found = await _SEEN.first(reads, caller=user.account_id, study_session_id=study_session_id)
    if found is None:
        raise StudySessionNotFound
    return found


async def list_places(
    reads: Reads, user: Principal, study_session_id: UUID, days: Days, top: int
) -> list[Row]:
    """The first `top` places, no more than half of all and `MOST_PLACES`, and the own: each is
    `listed`, `own` or both.
    """
    return await _LEADERBOARD.all(
        reads, caller=user.account_id, study_session_id=study_session_id, top=top, **days.values()
    )


async def set_opt_out(
    session: AsyncSession, user: Principal, study_session_id: UUID, *, hidden: bool, now: datetime
) -> None:
    """Hides a student of a class, or shows the student again; said twice it is no news. Raises
    `StudySessionNotFound`.
    """
    attended = select(StudySession.id).where(
        StudySession.id == study_session_id, attended_by(user.account_id)
    )
    if await session.scalar(attended) is None:
        raise StudySessionNotFound
    row = {"study_session_id": study_session_id, "student_id": user.account_id}
    if hidden:
        adding = insert(LeaderboardOptOut).values(**row, opted_out_at=now)
        await session.execute(adding.on_conflict_do_nothing())
    else:
        await session.execute(delete(LeaderboardOptOut).filter_by(**row))
