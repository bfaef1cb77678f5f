"""Marking by hand: a whole work, or some of its parts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row
from session_service.marks import repository as mark_rows
from session_service.marks import service as marks
from session_service.marks import views
from session_service.marks.by_hand import WHOLE, Place, check_reason, check_within, lock_place
from session_service.marks.rules import Part
from session_service.marks.schemas import MarkPut, PartIn, PartSource
from session_service.marks.trail import Act
from session_service.submission_marks.service import work_of


async def put(
    session: AsyncSession, user: Principal, place: Place, wanted: MarkPut, seen: str | None
) -> Row:
    """Marks a student's work; of a task the newest version, which loses what its lateness costs.

    Raises `GradeItemNotFound`, `StudentNotFound`, `Stale`, or `Invalid` for points above the
    maximum, for unknown parts, and for no reason where the student has seen the mark.
    """
    item, mark = await lock_place(session, user, place)
    etags.check(seen, mark.revision)
    check_reason(mark, wanted.reason)
    old = await mark_rows.list_parts(session, mark.id)
    if wanted.points is not None:
        parts = _whole(wanted.points, old, item.points)
    else:
        parts = _some(wanted, old)
    work_id, late = await work_of(session, item, mark)
    now: datetime = session.info["clock"].now()
    act = Act(user.account_id, wanted.reason, now)
    work = marks.Work(work_id, parts, late, wanted.comment)
    await marks.set_parts(session, place.item_id, place.student_id, work, act)
    return await views.show(session, user, mark.id)


def _whole(points: Decimal, old: Sequence[Part], maximum: Decimal) -> list[Part]:
    check_within(points, maximum)
    if [part.key for part in old] not in ([], [WHOLE]):
        problem = FieldProblem("/points", "has_parts", "this work is marked by its parts")
        raise Invalid(fields=[problem])
    return [Part(WHOLE, points, maximum, PartSource.MANUAL)]


def _some(wanted: MarkPut, old: Sequence[Part]) -> list[Part]:
    named = {part.key: (place, part) for place, part in enumerate(wanted.parts)}
    unknown = named.keys() - {part.key for part in old}
    if unknown or not named:
        place = named[min(unknown)][0] if unknown else 0
        problem = FieldProblem(f"/parts/{place}/key", "unknown_part", "there is no such part")
        raise Invalid(fields=[problem])
    return [_marked(part, *named[part.key]) if part.key in named else part for part in old]


def _marked(part: Part, place: int, wanted: PartIn) -> Part:
    if wanted.points is not None:
        check_within(wanted.points, part.maximum, f"/parts/{place}/points")
    automatic = part.source in (PartSource.AUTO, PartSource.OVERRIDE)
    source = PartSource.OVERRIDE if automatic and part.points is not None else PartSource.MANUAL
    return Part(part.key, wanted.points, part.maximum, source, part.rule, wanted.note)
