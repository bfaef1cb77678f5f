"""Queries for extensions. Permission is part of every query."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments.models import Assessment
from session_service.assessments.schemas import AssessmentState
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.extensions.errors import StudentNotInClass, WorkItemNotFound
from session_service.extensions.models import Extension
from session_service.extensions.schemas import ExtensionOut
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.tasks.models import Task
from session_service.tasks.repository import IS_PUBLISHED

_CALLER = bindparam("caller", type_=Uuid())
_HELPED = taught_by(_CALLER, HELPERS, Extension.study_session_id)
_SHOWN = [
    *columns_of(Extension, ExtensionOut, without=["reason"]),
    case((_HELPED, Extension.reason)).label("reason"),
]
_PAGE = PageQuery(
    select(*_SHOWN).where(
        Extension.item_id == bindparam("item_id"),
        or_(
            _HELPED,
            and_(Extension.student_id == _CALLER, attended_by(_CALLER, Extension.study_session_id)),
            observed_by(_CALLER, Extension.study_session_id, Extension.student_id),
        ),
    ),
    Extension.id,
)
_PUBLISHED = Assessment.state != AssessmentState.DRAFT.value


def _seen(item: type[Task | Assessment], published: ColumnElement[bool]) -> Select[UUID]:
    column = item.study_session_id
    members = or_(attended_by(_CALLER, column), observed_by(_CALLER, column))
    return select(item.id).where(
        item.id == bindparam("item_id"),
        or_(taught_by(_CALLER, HELPERS, column), and_(published, members)),
    )


_SEEN = Query(union_all(_seen(Task, IS_PUBLISHED), _seen(Assessment, _PUBLISHED)))
_FIND = Statement(
    select(Extension.due_at, Extension.extra_time_factor).where(
        Extension.item_id == bindparam("item_id"), Extension.student_id == bindparam("student_id")
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """A task or an assessment in a class that the caller teaches."""

    item_id: UUID
    due_at: datetime
    study_session: StudySession


async def lock_place(
    session: AsyncSession, user: Principal, item_id: UUID, student_id: UUID
) -> Item:
    """A published item that the caller teaches; the student's place in its class is locked, as it
    is while work is handed in. Raises `WorkItemNotFound` or `StudentNotInClass`.
    """
    item = await _taught(session, user, item_id)
    place = (
        select(Membership.id)
        .where(
            Membership.study_session_id == item.study_session.id,
            Membership.student_id == student_id,
            Membership.state == MembershipState.APPROVED.value,
        )
        .with_for_update()
    )
    if await session.scalar(place) is None:
        raise StudentNotInClass
    return item


async def _taught(session: AsyncSession, user: Principal, item_id: UUID) -> Item:
    for item, due_at, where in (
        (Task, Task.due_at, IS_PUBLISHED & (Task.id == item_id)),
        (Assessment, Assessment.closes_at, _PUBLISHED & (Assessment.id == item_id)),
    ):
        statement = (
            select(due_at, StudySession)
            .join(StudySession, StudySession.id == item.study_session_id)
            .where(where, taught_by(user.account_id))
        )
        row = (await session.execute(statement)).first()
        if row is not None and row[0] is not None:  # what is published has an end
            return Item(item_id, row[0], row[1])
    raise WorkItemNotFound


async def find(session: AsyncSession, item_id: UUID, student_id: UUID) -> Extension | None:
    """What a student, whose place in the class is locked, is granted."""
    return await session.scalar(
        select(Extension).where(Extension.item_id == item_id, Extension.student_id == student_id)
    )


async def granted(
    session: Transaction, item_id: UUID, student_id: UUID
) -> tuple[datetime | None, Decimal]:
    """A student's own due time, if there is one, and by which factor time limits are longer: for
    features that work by them.
    """
    rows = await _FIND.run(session, item_id=item_id, student_id=student_id)
    return (rows[0]["due_at"], rows[0]["extra_time_factor"]) if rows else (None, Decimal(1))


async def check_seen(reads: Reads, user: Principal, item_id: UUID) -> None:
    """Raises `WorkItemNotFound` unless the caller may see the item."""
    if await _SEEN.first(reads, caller=user.account_id, item_id=item_id) is None:
        raise WorkItemNotFound


async def list_page(reads: Reads, user: Principal, item_id: UUID, page: PageRequest) -> RowPage:
    """Extensions that the caller may see: all for who teaches or helps, the own for a student."""
    return await _PAGE.page(reads, page, caller=user.account_id, item_id=item_id)
