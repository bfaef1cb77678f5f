"""Queries for what overlaps a class's lessons; part of this feature's repository."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import Query, Row, RowPage
from libs.pagination import MAX_PAGE
from libs.postgres import Reads
from libs.timelines import TimePage, cut

PEOPLE_LOCK = 7_265  # an arbitrary number that no other advisory lock of the service uses
_OVERLAPS = """
teachers AS (
    SELECT tutor_id AS id FROM study_sessions WHERE id = :of
    UNION SELECT account_id FROM class_roles
    WHERE study_session_id = :of AND state = 'active' AND role = 'co_tutor'),
taught AS (
    SELECT s.id, t.id AS teacher_id FROM study_sessions s JOIN teachers t ON s.tutor_id = t.id
    UNION SELECT r.study_session_id, t.id FROM class_roles r JOIN teachers t ON r.account_id = t.id
    WHERE r.state = 'active' AND r.role = 'co_tutor'),
attended AS (
    SELECT other.study_session_id AS id, other.student_id FROM memberships own
    JOIN memberships other ON other.student_id = own.student_id
    AND other.study_session_id <> own.study_session_id AND other.state = 'approved'
    WHERE own.study_session_id = :of AND own.state = 'approved'),
classes AS (SELECT id FROM taught UNION SELECT id FROM attended),
hits AS (
    SELECT mine.id, mine.starts_at, mine.ends_at, other.id AS other_id,
    other.study_session_id AS other_of
    FROM mine CROSS JOIN classes JOIN lessons other ON other.study_session_id = classes.id
    AND other.starts_at < mine.ends_at AND other.starts_at > mine.starts_at - interval '1 day'
    AND other.ends_at > mine.starts_at AND other.id <> mine.id AND other.state = 'scheduled'
    AND other.student_id IS NULL)
SELECT hits.id, hits.starts_at, hits.ends_at,
coalesce(array_agg(DISTINCT other_id) FILTER (WHERE taught.teacher_id = :caller), '{}')
    AS lesson_ids,
count(DISTINCT other_id) FILTER (WHERE taught.id IS NOT NULL) AS teacher_lessons,
count(DISTINCT attended.student_id) AS students
FROM hits LEFT JOIN taught ON taught.id = other_of LEFT JOIN attended ON attended.id = other_of
GROUP BY hits.id, hits.starts_at, hits.ends_at ORDER BY hits.starts_at, hits.id LIMIT :rows
"""
"""Lessons of `mine`, a class's, and what overlaps each: lessons of its owner and co-tutors, the
caller's own among them by id, and how many of its students have a lesson in another class.
"""
_MINE = "WITH mine AS (SELECT id, starts_at, ends_at FROM lessons WHERE state = 'scheduled' AND "
_UUIDS = [bindparam(name, type_=Uuid()) for name in ("of", "caller")]
_OVERLAPS_OF = Statement(
    text(f"{_MINE} id = ANY(:ids)),{_OVERLAPS}").bindparams(
        *_UUIDS, bindparam("rows", type_=Integer()), bindparam("ids", type_=ARRAY(Uuid()))
    )
)
_OVERLAPS_BETWEEN = Query(
    text(
        f"{_MINE} study_session_id = :of AND starts_at >= :start AND starts_at < :end"
        f" AND (starts_at, id) > (:after_at, :after_id)),{_OVERLAPS}"
    ).bindparams(
        *_UUIDS, bindparam("rows", type_=Integer()), bindparam("after_id", type_=Uuid()),
        *(bindparam(one, type_=DateTime(timezone=True)) for one in ("start", "end", "after_at")),
    )
)  # fmt: skip
_LOCK_PEOPLE = Statement(
    text(
        """
        SELECT pg_advisory_xact_lock(:lock, place) FROM (
            SELECT DISTINCT hashtext(person::text) & 63 AS place FROM (
                SELECT tutor_id AS person FROM study_sessions WHERE id = :of
                UNION ALL SELECT account_id FROM class_roles
                WHERE study_session_id = :of AND state = 'active' AND role = 'co_tutor'
                UNION ALL SELECT student_id FROM memberships
                WHERE study_session_id = :of AND state = 'approved') people
            ORDER BY place) places
        """
    ).bindparams(bindparam("of", type_=Uuid()), bindparam("lock", type_=Integer()))
)


async def lock_people(session: AsyncSession, study_session_id: UUID) -> None:
    """Until the transaction ends, nobody else finds out whether lessons overlap those of a person
    who teaches or attends this class.

    People share 64 locks, so that a large class does not take thousands of them; all come in one
    order, and after every other lock of a change, so nobody waits in a circle.
    """
    await _LOCK_PEOPLE.run(session, of=study_session_id, lock=PEOPLE_LOCK)


async def list_of(
    session: AsyncSession, user: Principal, study_session_id: UUID, lesson_ids: Sequence[UUID]
) -> list[Row]:
    """What overlaps these lessons of a class that the caller teaches; of the first hundred for
    which there is anything.
    """
    return await _OVERLAPS_OF.run(
        session, of=study_session_id, caller=user.account_id, ids=list(lesson_ids), rows=MAX_PAGE
    )


async def list_between(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    between: tuple[datetime, datetime],
    page: TimePage,
) -> RowPage:
    """The same for all lessons of a class that begin between two instants."""
    rows = await _OVERLAPS_BETWEEN.all(
        reads,
        of=study_session_id,
        caller=user.account_id,
        start=between[0],
        end=between[1],
        after_at=page.after_at or between[0],
        after_id=page.after_id or UUID(int=0),
        rows=page.limit + 1,
    )
    return cut(rows, page, "starts_at")
