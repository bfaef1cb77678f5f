"""Roles inside a class, and the conditions by which queries ask for them.

What each role may do (U-A6):

- the owner (`StudySession.tutor_id`): everything;
- a co-tutor: teach, that is lessons, tasks, marks, material, attendance and who is a member;
  not the class itself: its settings, codes, roles, owner, end, nor its money;
- an assistant: see the class as its tutors do, take attendance, share material;
- an observer: what one student of the class sees, read only;
- a student (`Membership`): what is published.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    ForeignKey,
    Select,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from session_service.base import Base
from session_service.class_roles.schemas import HELPERS, TEACHERS, ClassRoleName, ClassRoleState
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession

Caller = BindParameter[UUID] | UUID
Column = InstrumentedAttribute[UUID]
Student = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]


class ClassRole(Base):
    """One person's role in one class; `student_id` is whom an observer observes."""

    __tablename__ = "class_roles"
    __table_args__ = (UniqueConstraint("study_session_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    account_id: Mapped[UUID] = mapped_column(index=True)
    user_code: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    student_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(Text)
    invited_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revision: Mapped[int]


def taught_by(
    caller: Caller,
    roles: Collection[ClassRoleName] = TEACHERS,
    column: Column = StudySession.id,
) -> ColumnElement[bool]:
    """That a class (`column`: its id, in any table) is the caller's own, or one in which the
    caller has one of these roles.
    """
    return or_(column.in_(_owned(caller)), column.in_(_held(caller, roles)))


def _owned(caller: Caller) -> Select[UUID]:
    return select(StudySession.id).where(StudySession.tutor_id == caller)


def _held(caller: Caller, roles: Collection[ClassRoleName]) -> Select[UUID]:
    return select(ClassRole.study_session_id).where(
        ClassRole.account_id == caller,
        ClassRole.state == ClassRoleState.ACTIVE.value,
        or_(*(ClassRole.role == role.value for role in roles)),
    )


def attended_by(caller: Caller, column: Column = StudySession.id) -> ColumnElement[bool]:
    """That the caller is a student of a class."""
    return column.in_(_attended(caller))


def _attended(caller: Caller) -> Select[UUID]:
    return select(Membership.study_session_id).where(
        Membership.student_id == caller, Membership.state == MembershipState.APPROVED.value
    )


def observed_by(
    caller: Caller, column: Column = StudySession.id, student: Student | None = None
) -> ColumnElement[bool]:
    """That the caller observes a student of a class who is in it still; with `student` (a column),
    that it is this one.
    """
    observed = _observed(caller)
    if student is None:
        return column.in_(observed.with_only_columns(ClassRole.study_session_id))
    return tuple_(column, student).in_(observed)


def _observed(caller: Caller) -> Select[UUID, UUID | None]:
    return (
        select(ClassRole.study_session_id, ClassRole.student_id)
        .join(
            Membership,
            and_(
                Membership.study_session_id == ClassRole.study_session_id,
                Membership.student_id == ClassRole.student_id,
                Membership.state == MembershipState.APPROVED.value,
            ),
        )
        .where(
            ClassRole.account_id == caller,
            ClassRole.state == ClassRoleState.ACTIVE.value,
            ClassRole.role == ClassRoleName.OBSERVER.value,
        )
    )


def seen_by(caller: Caller, column: Column = StudySession.id) -> ColumnElement[bool]:
    """That the caller teaches, helps, learns or observes in a class. The classes are looked up
    first, each way by its index, so that rows of another table are then found by that of `column`.
    """
    classes: CompoundSelect[UUID] = union(
        _owned(caller),
        _held(caller, HELPERS),
        _attended(caller),
        _observed(caller).with_only_columns(ClassRole.study_session_id),
    )
    return column == func.any(func.array(classes.scalar_subquery()))
