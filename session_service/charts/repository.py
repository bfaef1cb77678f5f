"""Queries for pictures. Permission is part of a person's query."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.charts.models import FRESH, Chart
from session_service.charts.rules import Count
from session_service.charts.schemas import ChartKind
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.progress.errors import ProgressNotFound
from session_service.progress.facts import INSTANT, facts, in_period, is_of
from session_service.progress.repository import PLACES
from session_service.progress.schemas import RowsOf
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession


async def check_helped(session: AsyncSession, user: Principal, study_session_id: UUID) -> None:
    """Raises `StudySessionNotFound` unless the caller teaches or helps in a class."""
    found = await session.scalar(
        select(StudySession.id).where(
            StudySession.id == study_session_id, taught_by(user.account_id, HELPERS)
        )
    )
    if found is None:
        raise StudySessionNotFound


async def is_helped(
    session: AsyncSession, user: Principal, study_session_id: UUID, student_id: UUID
) -> bool:
    """Whether the caller, who may see a student's progress, teaches or helps in the class. Raises
    `ProgressNotFound`.
    """
    statement = PLACES.where(
        Membership.study_session_id == study_session_id, Membership.student_id == student_id
    )
    row = (await session.execute(statement, {"caller": user.account_id})).first()
    if row is None:
        raise ProgressNotFound
    return bool(row.helped)


async def find(
    session: AsyncSession, study_session_id: UUID, kind: ChartKind, subject_id: UUID
) -> Chart | None:
    """A picture, or the wish for one; the caller's rights are known."""
    return await session.get(
        Chart, (study_session_id, kind.value, subject_id), populate_existing=True
    )


async def wish(
    session: AsyncSession, study_session_id: UUID, kind: ChartKind, subject_id: UUID, now: datetime
) -> bool:
    """Notes that a picture is asked for; false if it was a short while ago."""
    key = {"study_session_id": study_session_id, "kind": kind.value, "subject_id": subject_id}
    adding = insert(Chart).values(**key, asked_at=now)
    statement = adding.on_conflict_do_update(
        index_elements=list(key),
        set_={"asked_at": now},
        where=Chart.asked_at <= now - FRESH,
    )
    return await session.scalar(statement.returning(Chart.subject_id)) is not None


async def keep(session: AsyncSession, chart: Chart, drawn: dict[str, object]) -> None:
    """Keeps a picture, if anybody wishes it still."""
    await session.execute(
        update(Chart)
        .where(
            Chart.study_session_id == chart.study_session_id,
            Chart.kind == chart.kind,
            Chart.subject_id == chart.subject_id,
        )
        .values(**drawn)
    )


async def remove(session: AsyncSession, chart: Chart) -> None:
    """Forgets a picture."""
    await session.execute(
        delete(Chart).where(
            Chart.study_session_id == chart.study_session_id,
            Chart.kind == chart.kind,
            Chart.subject_id == chart.subject_id,
        )
    )


async def get_class(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """A class."""
    return await session.get_one(StudySession, study_session_id)


async def is_member(session: AsyncSession, study_session_id: UUID, student_id: UUID) -> bool:
    """Whether a student is in a class."""
    found = await session.scalar(
        select(Membership.id).where(
            Membership.study_session_id == study_session_id,
            Membership.student_id == student_id,
            Membership.state == MembershipState.APPROVED.value,
        )
    )
    return found is not None


async def list_counts(
    session: AsyncSession, study_session_id: UUID, edges: Sequence[datetime], now: datetime
) -> list[Count]:
    """What each student of a class has between each two edges: one statement, over the facts of
    progress.
    """
    values = {"id": study_session_id, "edges": list(edges), "since": edges[0], "until": edges[-1]}
    rows = await session.execute(_COUNTS, values | {"now": now})
    return [Count(*row) for row in rows]


_places = (
    select(Membership.study_session_id, Membership.student_id, Membership.approved_at)
    .where(
        Membership.study_session_id == bindparam("id"),
        Membership.state == MembershipState.APPROVED.value,
    )
    .subquery("places")
)
_f = facts(_places).subquery("facts")
_part = func.width_bucket(_f.c.at, bindparam("edges", type_=ARRAY(INSTANT))).label("part")
_COUNTS = (
    select(
        _f.c.student_id,
        _part,
        func.count().filter(is_of(_f, RowsOf.DONE)),
        func.count().filter(is_of(_f, RowsOf.DUE)),
        func.coalesce(func.sum(_f.c.score), 0),
        func.count(_f.c.score),
    )
    .where(in_period(_f))
    .group_by(_f.c.student_id, _part)
    .order_by(_f.c.student_id, _part)
)
