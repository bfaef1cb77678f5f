"""Queries for marks. Permission is part of every query of a person's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from libs.ids import new_id
from session_service.grade_items.errors import GradeItemNotFound
from session_service.grade_items.models import GradeItem
from session_service.marks.models import Mark, MarkChange, MarkPart, MarkWord
from session_service.marks.rules import Part
from session_service.marks.schemas import MarkState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import is_erased
from session_service.study_sessions.models import StudySession

CHANGED = (
    "work_id", "excused", "comment", "marked_by", "marked_at", "released_at",
    "penalty_days", "penalty_percent", "penalty_base", "penalty_points", "total", "state",
    "revision",
)  # fmt: skip
"""What may change of a mark."""
RELEASING = 7_262
"""The class of advisory locks under which it is found out whether all of an item is marked."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What a mark belongs to."""

    item: GradeItem
    session_code: str


async def share(session: AsyncSession, item_id: UUID) -> Marked:
    """An item, which nobody changes or removes until this transaction ends. Where marks wait for
    each other, one transaction at a time marks. Raises `GradeItemNotFound`.
    """
    row = (
        await session.execute(
            select(GradeItem, StudySession.session_code)
            .join(StudySession, StudySession.id == GradeItem.study_session_id)
            .where(GradeItem.id == item_id)
            .with_for_update(read=True, of=GradeItem)
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise GradeItemNotFound
    item: GradeItem = row[0]
    if item.waits_for_all:
        statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:item))")
        await session.execute(statement, {"kind": RELEASING, "item": str(item_id)})
    return Marked(item, row[1])


async def hold(session: AsyncSession, item_id: UUID) -> Marked | None:
    """An item that is there, locked: nobody marks in it until this transaction ends."""
    return (await hold_all(session, [item_id])).get(item_id)


async def hold_all(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, Marked]:
    """As `hold`, for several; they are locked in the order of their ids."""
    rows = await session.execute(
        select(GradeItem, StudySession.session_code)
        .join(StudySession, StudySession.id == GradeItem.study_session_id)
        .where(GradeItem.id.in_(list(item_ids)))
        .order_by(GradeItem.id)
        .with_for_update(of=GradeItem)
        .execution_options(populate_existing=True)
    )
    return {item.id: Marked(item, code) for item, code in rows}


async def lock_places(
    session: AsyncSession, held: Mapping[UUID, Marked], places: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Mark]:
    """The marks in these places, each an item that is held and a student; locked, and blank ones of
    revision 0 where there are none.
    """
    if not places:
        return {}
    blanks = [_blank(held[item_id].item, student_id) for item_id, student_id in places]
    await session.execute(insert(Mark).on_conflict_do_nothing(), blanks)
    found = await session.scalars(
        select(Mark)
        .where(tuple_(Mark.item_id, Mark.student_id).in_(places))
        .order_by(Mark.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(mark.item_id, mark.student_id): mark for mark in found}


def _blank(item: GradeItem, student_id: UUID) -> dict[str, Any]:
    return {
        "id": new_id(), "item_id": item.id, "study_session_id": item.study_session_id,
        "student_id": student_id, "state": MarkState.EMPTY.value, "excused": False,
        "comment": "", "revision": 0,
    }  # fmt: skip


async def lock(session: AsyncSession, item: GradeItem, student_id: UUID) -> Mark:
    """A student's mark, locked; a blank one of revision 0 if there is none."""
    statement = select(Mark).where(Mark.item_id == item.id, Mark.student_id == student_id)
    locking = statement.with_for_update().execution_options(populate_existing=True)
    found = await session.scalar(locking)
    if found is None:
        await session.execute(
            insert(Mark).values(_blank(item, student_id)).on_conflict_do_nothing()
        )
        found = (await session.execute(locking)).scalar_one()
    return found


async def lock_all(session: AsyncSession, mark_ids: Iterable[UUID]) -> Sequence[Mark]:
    """These marks, locked in the order of their ids."""
    return (
        await session.scalars(
            select(Mark)
            .where(Mark.id.in_(list(mark_ids)))
            .order_by(Mark.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()


async def list_parts(session: AsyncSession, mark_id: UUID) -> list[Part]:
    """A mark's parts, in their order."""
    rows = await session.scalars(
        select(MarkPart)
        .where(MarkPart.mark_id == mark_id)
        .order_by(MarkPart.position)
        .execution_options(populate_existing=True)
    )
    return [row.part for row in rows]


async def parts_of(session: AsyncSession, mark_ids: Iterable[UUID]) -> dict[UUID, list[Part]]:
    """The parts of several marks, in their order; marks without parts are left out."""
    found: dict[UUID, list[Part]] = {}
    rows = await session.scalars(
        select(MarkPart)
        .where(MarkPart.mark_id.in_(list(mark_ids)))
        .order_by(MarkPart.mark_id, MarkPart.position)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found.setdefault(row.mark_id, []).append(row.part)
    return found


async def replace_parts(session: AsyncSession, found: Mapping[UUID, Sequence[Part]]) -> None:
    """Puts parts in the place of those that marks had: two statements."""
    if not found:
        return
    await session.execute(delete(MarkPart).where(MarkPart.mark_id.in_(list(found))))
    rows: list[dict[str, Any]] = [
        {
            "mark_id": mark_id, "key": part.key, "position": place, "points": part.points,
            "maximum": part.maximum, "source": part.source.value, "rule": part.rule,
            "note": part.note,
        }
        for mark_id, parts in found.items()
        for place, part in enumerate(parts)
    ]  # fmt: skip
    if rows:
        await session.execute(insert(MarkPart), rows)


async def add_change(session: AsyncSession, change: MarkChange, word: MarkWord | None) -> None:
    """Adds to the trail, after the mark itself."""
    session.add_all([change] if word is None else [change, word])
    await session.flush()


async def save_all(
    session: AsyncSession,
    marks: Sequence[Mark],
    trail: Sequence[tuple[MarkChange, MarkWord | None]],
) -> None:
    """Saves what was counted of several marks, and adds to their trails: three statements."""
    for mark in marks:
        for name in CHANGED:  # the same columns of each row, so that one statement does
            flag_modified(mark, name)
    session.add_all(change for change, _ in trail)
    session.add_all(word for _, word in trail if word is not None)
    await session.flush()


async def is_student(session: AsyncSession, study_session_id: UUID, student_id: UUID) -> bool:
    """Whether somebody is a student of a class."""
    found = await session.scalar(
        select(Membership.id).where(
            Membership.study_session_id == study_session_id,
            Membership.student_id == student_id,
            Membership.state == MembershipState.APPROVED.value,
        )
    )
    return found is not None


async def list_complete(session: AsyncSession, item_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of these items in which each student of the class is marked or excused; whoever is
    erased is waited for no more.
    """
    done = exists().where(
        Mark.item_id == GradeItem.id,
        Mark.student_id == Membership.student_id,
        Mark.excused | Mark.total.is_not(None),
    )
    missing = exists().where(
        Membership.study_session_id == GradeItem.study_session_id,
        Membership.state == MembershipState.APPROVED.value,
        ~done.correlate(GradeItem, Membership),
        ~is_erased(Membership.student_id),
    )
    statement = select(GradeItem.id).where(
        GradeItem.id.in_(item_ids), ~missing.correlate(GradeItem)
    )
    return (await session.scalars(statement)).all()


async def lock_drafts(session: AsyncSession, item_ids: Sequence[UUID]) -> Sequence[Mark]:
    """The whole, hidden marks of items that are not excused, locked in the order of their ids."""
    return (
        await session.scalars(
            select(Mark)
            .where(Mark.item_id.in_(item_ids), Mark.state == MarkState.DRAFT.value, ~Mark.excused)
            .order_by(Mark.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
