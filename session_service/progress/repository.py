"""Queries for progress. Permission is part of every query."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.selectable import Subquery

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import observed_by, seen_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.progress.facts import INSTANT, ONCE, facts, in_period, is_of, numbers
from session_service.progress.periods import BEGINNING, END
from session_service.progress.schemas import RowsOf
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_CLASS = bindparam("study_session_id", type_=Uuid())
_ROWS = bindparam("rows", type_=Integer())
HIGHEST = UUID(int=2**128 - 1)
"""Before the first page."""
_HELPED = taught_by(_CALLER, HELPERS, Membership.study_session_id)
VISIBLE = or_(
    _HELPED,
    Membership.student_id == _CALLER,
    observed_by(_CALLER, Membership.study_session_id, Membership.student_id),
)
"""All of a class for who teaches or helps, one's own, and that of the student one observes."""
PLACES = select(
    Membership.study_session_id,
    Membership.student_id,
    Membership.student_code,
    Membership.approved_at,
    case((_HELPED, True), else_=False).label("helped"),
).where(Membership.state == MembershipState.APPROVED.value, VISIBLE)
"""The places that the caller may look into."""
_OF_CLASS = PLACES.where(Membership.study_session_id == _CLASS)
_OF_STUDENT = _OF_CLASS.where(Membership.student_id == bindparam("student_id", type_=Uuid()))


@dataclass(frozen=True, slots=True)
class Seen:
    """A class as the caller sees it; `helped` by who teaches or helps in it."""

    id: UUID
    name: str
    zone: str
    helped: bool


_SEEN = Query(
    select(
        StudySession.id,
        StudySession.name,
        StudySession.zone,
        func.coalesce(taught_by(_CALLER, HELPERS), False).label("helped"),
    ).where(StudySession.id == _CLASS, seen_by(_CALLER))
)


class _Both(NamedTuple):
    """A query of the present, and the same for a look back."""

    now: Query
    back: Query

    @classmethod
    def of(cls, make: Callable[[bool], Query]) -> Self:
        return cls(make(False), make(True))

    def asked(self, asked: "Asked") -> Query:
        return self.now if asked.as_of is None else self.back


def _by_student(places: Subquery, *, back: bool) -> Query:
    f = facts(places, back=back).subquery("facts")
    counted = select(f.c.student_id, *numbers(f)).group_by(f.c.student_id)
    grouped = counted.cte("grouped").prefix_with(ONCE)
    named = [one for one in grouped.c if one.key != "student_id"]
    return Query(
        select(
            places.c.student_id.label("id"),
            places.c.student_code,
            case((places.c.helped, Person.name), else_=null()).label("student_name"),
            *named,
        )
        .join(grouped, grouped.c.student_id == places.c.student_id)
        .outerjoin(Person, Person.account_id == places.c.student_id)
        .order_by(places.c.student_id.desc())
    )


_page = (
    _OF_CLASS.where(Membership.student_id < bindparam("after", type_=Uuid()))
    .order_by(Membership.student_id.desc())
    .limit(_ROWS)
    .subquery("places")
)
_class, _student = _OF_CLASS.subquery("places"), _OF_STUDENT.subquery("places")
_STUDENTS = _Both.of(lambda back: _by_student(_page, back=back))
_STUDENT = _Both.of(lambda back: _by_student(_student, back=back))
_SUMMARY = _Both.of(
    lambda back: Query(select(*numbers(facts(_class, back=back).subquery("facts"))))
)
_seen_places = PLACES.where(
    Membership.study_session_id.in_(
        select(StudySession.id)
        .where(seen_by(_CALLER), StudySession.id < bindparam("after", type_=Uuid()))
        .order_by(StudySession.id.desc())
        .limit(_ROWS)
    )
).subquery("places")


def _by_class(*, back: bool) -> Query:
    f = facts(_seen_places, back=back).subquery("facts")
    counted = select(f.c.study_session_id, *numbers(f)).group_by(f.c.study_session_id)
    grouped = counted.cte("grouped").prefix_with(ONCE)
    return Query(
        select(
            StudySession.id,
            StudySession.name,
            *(one for one in grouped.c if one.key != "study_session_id"),
        )
        .outerjoin(grouped, grouped.c.study_session_id == StudySession.id)
        .where(seen_by(_CALLER), StudySession.id < bindparam("after", type_=Uuid()))
        .order_by(StudySession.id.desc())
        .limit(_ROWS)
    )


_CLASSES = _Both.of(lambda back: _by_class(back=back))


def _trend(places: Subquery, *, back: bool) -> Query:
    f = facts(places, back=back).subquery("facts")
    edges = bindparam("edges", type_=ARRAY(INSTANT))
    part = func.width_bucket(f.c.at, edges).label("part")
    return Query(select(part, *numbers(f)).where(in_period(f)).group_by(part))


_TRENDS = {
    False: _Both.of(lambda back: _trend(_class, back=back)),
    True: _Both.of(lambda back: _trend(_student, back=back)),
}


def _rows(places: Subquery, *, back: bool) -> Query:
    f = facts(places, back=back).subquery("facts")
    shown = ("item_id", "student_id", "kind", "title", "due_at", "submitted_at", "standing")
    wanted = or_(
        f.c.standing == any_(bindparam("standings", type_=ARRAY(Text()))),
        and_(bindparam("scored", type_=Boolean()), is_of(f, RowsOf.SCORED)),
    )
    after = (bindparam("after_item", type_=Uuid()), bindparam("after_student", type_=Uuid()))
    return Query(
        select(
            *(f.c[name] for name in shown),
            f.c.percent,
            f.c.score.label("counted_percent"),
            case((places.c.helped, Person.name), else_=null()).label("student_name"),
        )
        .join(places, places.c.student_id == f.c.student_id)
        .outerjoin(Person, Person.account_id == f.c.student_id)
        .where(in_period(f), wanted, tuple_(f.c.item_id, f.c.student_id) < tuple_(*after))
        .order_by(f.c.item_id.desc(), f.c.student_id.desc())
        .limit(_ROWS)
    )


_WORK = {
    False: _Both.of(lambda back: _rows(_class, back=back)),
    True: _Both.of(lambda back: _rows(_student, back=back)),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which class, by whom, at which instant; of one student alone if one is named. With `as_of`
    as it was at that past moment.
    """

    reads: Reads
    user: Principal
    study_session_id: UUID
    now: datetime
    student_id: UUID | None = None
    as_of: datetime | None = None

    @property
    def at(self) -> datetime:
        """What is over by then is over."""
        return self.now if self.as_of is None else min(self.as_of, self.now)

    def values(self) -> dict[str, Any]:
        """For the parameters of statements."""
        one = {} if self.student_id is None else {"student_id": self.student_id}
        return {
            "caller": self.user.account_id,
            "study_session_id": self.study_session_id,
            "now": self.at,
            **one,
        }


@dataclass(frozen=True, slots=True)
class Days:
    """From an instant until before another one."""

    since: datetime
    until: datetime

    def values(self) -> dict[str, datetime]:
        """For the parameters of statements."""
        return {"since": self.since, "until": self.until}


@dataclass(frozen=True, slots=True)
class Work:
    """Which rows: of these standings, or those that count in the average; after which item and
    student.
    """

    standings: Sequence[str]
    scored: bool
    after: tuple[UUID, UUID] | None
    limit: int


async def get_seen(reads: Reads, user: Principal, study_session_id: UUID) -> Seen:
    """A class in which the caller has a place. Raises `StudySessionNotFound`."""
    found = await _SEEN.first(reads, caller=user.account_id, study_session_id=study_session_id)
    if found is None:
        raise StudySessionNotFound
    return Seen(**found)


async def list_students(asked: Asked, days: Days, page: PageRequest) -> list[Row]:
    """Numbers of the students whom the caller may see, one row more than a page has."""
    return await _STUDENTS.asked(asked).all(
        asked.reads, after=page.after or HIGHEST, rows=page.limit + 1,
        **asked.values(), **days.values(),
    )  # fmt: skip


async def find_student(asked: Asked, days: Days) -> Row | None:
    """The named student's numbers, if the caller may see them."""
    return await _STUDENT.asked(asked).first(asked.reads, **asked.values(), **days.values())


async def sum_up(asked: Asked, days: Days) -> Row:
    """The numbers of all in a class whom the caller may see."""
    rows = await _SUMMARY.asked(asked).all(asked.reads, **asked.values(), **days.values())
    return rows[0]


async def list_classes(
    reads: Reads, user: Principal, now: datetime, page: PageRequest, *, back: bool
) -> list[Row]:
    """Numbers of the classes in which the caller has a place, one more than a page has; as they
    were at `now` if that is a look back.
    """
    query = _CLASSES.back if back else _CLASSES.now
    return await query.all(
        reads, caller=user.account_id, now=now, since=BEGINNING, until=END,
        after=page.after or HIGHEST, rows=page.limit + 1,
    )  # fmt: skip


async def list_trend(asked: Asked, edges: Sequence[datetime]) -> dict[int, Row]:
    """Numbers by the number of the part between two edges, from 1; parts without rows are left
    out.
    """
    query = _TRENDS[asked.student_id is not None].asked(asked)
    rows = await query.all(
        asked.reads, edges=list(edges), since=edges[0], until=edges[-1], **asked.values()
    )
    return {row["part"]: row for row in rows}


async def list_work(asked: Asked, days: Days, work: Work) -> list[Row]:
    """The rows behind a number, newest item first, one more than a page has."""
    item, student = work.after or (HIGHEST, HIGHEST)
    return await _WORK[asked.student_id is not None].asked(asked).all(
        asked.reads, standings=list(work.standings), scored=work.scored,
        after_item=item, after_student=student, rows=work.limit + 1,
        **asked.values(), **days.values(),
    )  # fmt: skip
