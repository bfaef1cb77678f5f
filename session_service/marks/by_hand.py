"""Marking by hand over HTTP: a whole work, or some of its parts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row
from session_service.grade_items import repository as grade_items
from session_service.marks import repository, service, views
from session_service.marks.errors import StudentNotFound
from session_service.marks.models import Mark
from session_service.marks.rules import Part
from session_service.marks.schemas import ExcusePut, MarkPut, PartIn, PartSource
from session_service.marks.trail import Act

WHOLE = "work"
"""The one part of a work that is marked with one number."""


class Place(NamedTuple):
    """Whose mark, in which column."""

    item_id: UUID
    student_id: UUID


async def put(
    session: AsyncSession, user: Principal, place: Place, wanted: MarkPut, seen: str | None
) -> Row:
    """Marks a student's work. Raises `GradeItemNotFound`, `StudentNotFound`, `Stale`, or `Invalid`
    for points above the maximum, for unknown parts, and for no reason where the student has seen
    the mark.
    """
    mark, maximum = await _lock(session, user, place)
    etags.check(seen, mark.revision)
    check_reason(mark, wanted.reason)
    old = await repository.list_parts(session, mark.id)
    work = service.Work(
        mark.work_id,
        _whole(wanted.points, old, maximum) if wanted.points is not None else _some(wanted, old),
        mark.penalty,
        wanted.comment,
    )
    act = Act(user.account_id, wanted.reason, _now(session))
    await service.set_parts(session, place.item_id, place.student_id, work, act)
    return await views.show(session, user, mark.id)


async def excuse(session: AsyncSession, user: Principal, place: Place, wanted: ExcusePut) -> Row:
    """Excuses a student from a work, or takes that back. Raises `GradeItemNotFound` or
    `StudentNotFound`.
    """
    mark, _ = await _lock(session, user, place)
    act = Act(user.account_id, wanted.reason, _now(session))
    await service.excuse(session, place.item_id, place.student_id, excused=wanted.excused, act=act)
    return await views.show(session, user, mark.id)


def check_reason(mark: Mark, reason: str) -> None:
    """Raises `Invalid` for a change of what was seen without a reason (S-A12)."""
    if mark.is_released and not reason:
        raise Invalid(fields=[FieldProblem("/reason", "missing", "the student has seen this mark")])


def check_within(points: Decimal, maximum: Decimal, pointer: str = "/points") -> None:
    """Raises `Invalid` for more points than there are."""
    if points > maximum:
        raise Invalid(fields=[FieldProblem(pointer, "above_maximum", f"at most {maximum} points")])


async def lock_place(session: AsyncSession, user: Principal, place: Place) -> Mark:
    """A student's mark in a column of a class that the caller teaches, locked. Raises
    `GradeItemNotFound` or `StudentNotFound`.
    """
    return (await _lock(session, user, place))[0]


async def _lock(session: AsyncSession, user: Principal, place: Place) -> tuple[Mark, Decimal]:
    await grade_items.check_taught(session, user, place.item_id)
    held = await repository.share(session, place.item_id)
    class_id = held.item.study_session_id
    if not await repository.is_student(session, class_id, place.student_id):
        raise StudentNotFound
    return await repository.lock(session, held.item, place.student_id), held.item.points


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


def _now(session: AsyncSession) -> datetime:
    now: datetime = session.info["clock"].now()
    return now
