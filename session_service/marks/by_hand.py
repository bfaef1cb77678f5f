"""What all marking by hand shares: whose mark, the checks, and excuses."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row
from session_service.grade_items import repository as grade_items
from session_service.grade_items.models import GradeItem
from session_service.marks import repository, service, views
from session_service.marks.errors import StudentNotFound
from session_service.marks.models import Mark
from session_service.marks.schemas import ExcusePut
from session_service.marks.trail import Act

WHOLE = "work"
"""The one part of a work that is marked with one number."""


class Place(NamedTuple):
    """Whose mark, in which column."""

    item_id: UUID
    student_id: UUID


async def excuse(session: AsyncSession, user: Principal, place: Place, wanted: ExcusePut) -> Row:
    """Excuses a student from a work, or takes that back. Raises `GradeItemNotFound`,
    `StudentNotFound`, or `MarkNotFound` where nothing can be taken back.
    """
    _, mark = await lock_place(session, user, place)
    act = Act(user.account_id, wanted.reason, _now(session))
    await service.excuse(session, place.item_id, place.student_id, excused=wanted.excused, act=act)
    return await views.show(session, user, mark.id)


def check_reason(mark: Mark, reason: str) -> None:
    """Raises `Invalid` for a change of what was seen without a reason (S-A12)."""
    if mark.is_released:
        check_given(reason)


def check_given(reason: str) -> None:
    """Raises `Invalid` for no reason where one is needed."""
    if not reason:
        raise Invalid(fields=[FieldProblem("/reason", "missing", "the student has seen this mark")])


def check_within(points: Decimal, maximum: Decimal, pointer: str = "/points") -> None:
    """Raises `Invalid` for more points than there are."""
    if points > maximum:
        raise Invalid(fields=[FieldProblem(pointer, "above_maximum", f"at most {maximum} points")])


async def lock_place(
    session: AsyncSession, user: Principal, place: Place
) -> tuple[GradeItem, Mark]:
    """A column of a class that the caller teaches, and a student's mark in it, locked. Raises
    `GradeItemNotFound` or `StudentNotFound`.
    """
    await grade_items.check_taught(session, user, place.item_id)
    held = await repository.share(session, place.item_id)
    class_id = held.item.study_session_id
    if not await repository.is_student(session, class_id, place.student_id):
        raise StudentNotFound
    return held.item, await repository.lock(session, held.item, place.student_id)


def _now(session: AsyncSession) -> datetime:
    now: datetime = session.info["clock"].now()
    return now
