"""Students at risk, for who teaches or helps (S36). Two statements for a class of any size: who may
see it, and one that reads what is newest of all its students.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from pydantic import TypeAdapter

from libs import zones
from libs.hot_reads import Row
from session_service.at_risk import repository
from session_service.at_risk.rules import (
    Attended,
    DueWork,
    Found,
    Scored,
    Signals,
    TooLittle,
    is_known,
    judge,
)
from session_service.at_risk.schemas import (
    NotAsked,
    Reason,
    ReasonCode,
    Risk,
    RiskCounts,
    StudentAtRisk,
)
from session_service.progress.periods import Period
from session_service.progress.repository import Asked, get_seen
from session_service.progress.rules import Scope
from session_service.progress.schemas import RowsOf
from session_service.study_sessions.errors import StudySessionNotFound

_REASON: TypeAdapter[Reason] = TypeAdapter(Reason)
_ROWS = {
    ReasonCode.WORK_MISSED: RowsOf.DUE,
    ReasonCode.NOTHING_HANDED_IN: RowsOf.DUE,
    ReasonCode.MARKS_FELL: RowsOf.SCORED,
    ReasonCode.MARKS_LOW: RowsOf.SCORED,
}
_EARLIEST, _LATEST = datetime(2000, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)
"""Days that every clock has and progress can be asked for: a column may be due in any year."""
Place = tuple[int, UUID]
"""Where a student stands in the list: the number of reasons, and the id."""


async def list_students(
    asked: Asked, risk: Risk, after: Place | None, limit: int
) -> tuple[Sequence[StudentAtRisk], Place | None, RiskCounts]:
    """The students who stand so, most reasons first; after whom the next page begins, if there is
    one; and how many stand how. Raises `StudySessionNotFound`.
    """
    seen = await get_seen(asked.reads, asked.user, asked.study_session_id)
    if not seen.helped:
        raise StudySessionNotFound
    judged = [_judged(row, asked, seen.zone) for row in await repository.list_signals(asked)]
    counts = Counter(one.risk for one in judged)
    found = sorted((one for one in judged if one.risk is risk), key=place, reverse=True)
    rest = [one for one in found if after is None or place(one) < after]
    last = place(rest[limit - 1]) if len(rest) > limit else None
    return rest[:limit], last, RiskCounts(**{one.value: counts[one] for one in Risk})


def place(student: StudentAtRisk) -> Place:
    """The higher the earlier in the list."""
    return len(student.reasons), student.id


def _judged(row: Row, asked: Asked, zone: str) -> StudentAtRisk:
    reasons, not_asked = judge(signals(row, asked.now, zone))
    return StudentAtRisk(
        **{name: row[name] for name in ("id", "student_code", "student_name")},
        risk=_risk(reasons, not_asked),
        reasons=[_reason(one, Scope(asked.study_session_id, row["id"])) for one in reasons],
        not_enough_data=[NotAsked(code=o.code, have=o.have, need=o.need) for o in not_asked],
    )


def _risk(reasons: Sequence[Found], not_asked: Sequence[TooLittle]) -> Risk:
    if reasons:
        return Risk.AT_RISK
    return Risk.NO_SIGNS if is_known(not_asked) else Risk.NOT_ENOUGH_DATA


def signals(row: Row, now: datetime, zone: str) -> Signals:
    """A row of the database in days of the class's zone."""

    def days(name: str) -> list[date]:
        inside = (min(max(at, _EARLIEST), _LATEST) for at in row[name] or ())
        return [zones.to_wall(at, zone).date() for at in inside]

    missed: Sequence[datetime] = row["missed_at"] or ()
    oldest = missed[-1] if missed else None
    since: datetime | None = row["handed_in_at"] or row["approved_at"] or oldest
    return Signals(
        today=zones.to_wall(now, zone).date(),
        works=[
            DueWork(*one) for one in zip(days("work_at"), row["work_missed"] or (), strict=True)
        ],
        marks=[Scored(*one) for one in zip(days("mark_at"), row["percent"] or (), strict=True)],
        lessons=[
            Attended(*one) for one in zip(days("lesson_at"), row["absent"] or (), strict=True)
        ],
        quiet_since=zones.to_wall(since, zone).date() if since else None,
        unanswered=sum(since is not None and at >= since for at in missed),
    )


def _reason(found: Found, scope: Scope) -> Reason:
    of = _ROWS.get(found.code)
    scope = Scope(scope.study_session_id, scope.student_id, Period(found.since, found.until))
    return _REASON.validate_python(
        {
            "code": found.code,
            "text": found.text,
            "since": found.since,
            "until": found.until,
            "rows": scope.rows(of) if of else None,
            **found.numbers,
        }
    )
