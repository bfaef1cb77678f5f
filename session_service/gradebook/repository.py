"""Queries for gradebooks: a constant number for any number of students and columns."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Uuid, and_, bindparam, case, delete, func, null, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.extensions.models import Extension
from session_service.grade_items.models import GradeItem
from session_service.gradebook.errors import GradebookRowNotFound
from session_service.gradebook.models import GradeCategory
from session_service.gradebook.rules import Category
from session_service.marks.models import RELEASED, Mark, MarkChange
from session_service.marks.schemas import MarkState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.submissions.models import Submission

_CALLER = bindparam("caller", type_=Uuid())
_CLASS = bindparam("study_session_id", type_=Uuid())
_STUDENTS = bindparam("student_ids", type_=ARRAY(Uuid()))
_HELPED = taught_by(_CALLER, HELPERS, Membership.study_session_id)
_MEMBERS = (
    select(
        Membership.id,
        Membership.student_id,
        Membership.student_code,
        Membership.approved_at,
        Person.name.label("student_name"),
        _HELPED.label("helped"),
    )
    .outerjoin(Person, Person.account_id == Membership.student_id)
    .where(
        Membership.study_session_id == _CLASS,
        Membership.state == MembershipState.APPROVED.value,
    )
)
_PAGE = PageQuery(_MEMBERS.where(_HELPED), Membership.id)
_ALL = Query(_MEMBERS.where(_HELPED).order_by(Membership.student_code).limit(bindparam("most")))
_ONE = Query(
    _MEMBERS.where(
        Membership.student_id == bindparam("student_id"),
        or_(
            _HELPED,
            Membership.student_id == _CALLER,
            observed_by(_CALLER, Membership.study_session_id, Membership.student_id),
        ),
    )
)
_ITEMS = Query(
    select(
        GradeItem.id,
        GradeItem.title,
        GradeItem.points,
        GradeItem.category,
        GradeItem.due_at,
        func.coalesce(GradeItem.cut_off_at, GradeItem.due_at).label("closes_at"),
        GradeItem.kind,
    )
    .where(GradeItem.study_session_id == _CLASS, GradeItem.created_at <= bindparam("at"))
    .order_by(GradeItem.position, GradeItem.due_at.asc().nulls_last(), GradeItem.id)
)
_OF_STUDENTS = and_(Mark.study_session_id == _CLASS, Mark.student_id == func.any(_STUDENTS))
_MARKS = Query(
    select(
        Mark.id, Mark.item_id, Mark.student_id, Mark.state, Mark.excused, Mark.total, Mark.work_id
    ).where(_OF_STUDENTS)
)
_OPEN = or_(bindparam("helped", type_=Boolean()), RELEASED)
_MARKS_THEN = Query(
    select(
        Mark.id,
        Mark.item_id,
        Mark.student_id,
        case((_OPEN, MarkChange.to_state), else_=MarkState.EMPTY.value).label("state"),
        MarkChange.excused,
        case((_OPEN, MarkChange.to_total), else_=null()).label("total"),
        MarkChange.work_id,
    )
    .join(MarkChange, MarkChange.mark_id == Mark.id)
    .where(_OF_STUDENTS, MarkChange.changed_at <= bindparam("at"))
    .order_by(Mark.id, MarkChange.number.desc())
    .ext(distinct_on(Mark.id))
)
"""As the trail had it at a moment; of what is hidden now, students see no points then either."""
_HANDED_IN = Query(
    select(Submission.task_id.label("item_id"), Submission.student_id, Submission.id)
    .join(GradeItem, GradeItem.id == Submission.task_id)
    .where(
        GradeItem.study_session_id == _CLASS,
        Submission.student_id == func.any(_STUDENTS),
        Submission.received_at <= bindparam("at"),
    )
    .order_by(Submission.task_id, Submission.student_id, Submission.number.desc())
    .ext(distinct_on(Submission.task_id, Submission.student_id))
)
"""The newest version of each."""
_EXTENDED = Query(
    select(Extension.item_id, Extension.student_id, Extension.due_at).where(
        Extension.study_session_id == _CLASS,
        Extension.student_id == func.any(_STUDENTS),
        Extension.due_at.is_not(None),
    )
)
_CATEGORIES = Query(
    select(GradeCategory.name, GradeCategory.weight, GradeCategory.drop_lowest)
    .where(GradeCategory.study_session_id == _CLASS)
    .order_by(GradeCategory.position)
)


async def list_students(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Students of a class in which the caller teaches or helps, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


async def list_all_students(
    reads: Reads, user: Principal, study_session_id: UUID, most: int
) -> list[Row]:
    """Up to `most` students of a class in which the caller teaches or helps, by their codes."""
    values = {"caller": user.account_id, "study_session_id": study_session_id, "most": most}
    return await _ALL.all(reads, **values)


async def get_student(
    reads: Reads, user: Principal, study_session_id: UUID, student_id: UUID
) -> Row:
    """A student whom the caller may see. Raises `GradebookRowNotFound`."""
    found = await _ONE.first(
        reads, caller=user.account_id, study_session_id=study_session_id, student_id=student_id
    )
    if found is None:
        raise GradebookRowNotFound
    return found


async def list_items(reads: Reads, study_session_id: UUID, at: datetime) -> list[Row]:
    """The columns that there were at a moment, in their order."""
    return await _ITEMS.all(reads, study_session_id=study_session_id, at=at)


async def list_marks(
    reads: Reads,
    study_session_id: UUID,
    student_ids: Collection[UUID],
    as_of: datetime | None,
    *,
    helped: bool,
) -> list[Row]:
    """These students' marks, now or as they were at a moment."""
    values: dict[str, Any] = {
        "study_session_id": study_session_id, "student_ids": list(student_ids)
    }  # fmt: skip
    if as_of is None:
        return await _MARKS.all(reads, **values)
    return await _MARKS_THEN.all(reads, **values, at=as_of, helped=helped)


async def list_handed_in(
    reads: Reads, study_session_id: UUID, student_ids: Collection[UUID], at: datetime
) -> dict[tuple[UUID, UUID], UUID]:
    """The newest version that these students had handed in by a moment, by column and student."""
    rows = await _HANDED_IN.all(
        reads, study_session_id=study_session_id, student_ids=list(student_ids), at=at
    )
    return {(row["item_id"], row["student_id"]): row["id"] for row in rows}


async def list_extended(
    reads: Reads, study_session_id: UUID, student_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """Until when these students have time, where that is longer than for others."""
    rows = await _EXTENDED.all(
        reads, study_session_id=study_session_id, student_ids=list(student_ids)
    )
    return {(row["item_id"], row["student_id"]): row["due_at"] for row in rows}


async def list_categories(reads: Reads, study_session_id: UUID) -> list[Category]:
    """A class's categories, in their order."""
    rows = await _CATEGORIES.all(reads, study_session_id=study_session_id)
    return [Category(**row) for row in rows]


async def replace_categories(
    session: AsyncSession, study_session_id: UUID, categories: Sequence[Category]
) -> None:
    """Puts these categories in the place of all others."""
    await session.execute(
        delete(GradeCategory).where(GradeCategory.study_session_id == study_session_id)
    )
    session.add_all(
        GradeCategory(
            study_session_id=study_session_id,
            name=one.name,
            position=place,
            weight=one.weight,
            drop_lowest=one.drop_lowest,
        )
        for place, one in enumerate(categories)
    )
    await session.flush()
