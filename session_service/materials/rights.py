"""Who may see material, as conditions of queries; part of this feature's repository."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.models import Lesson
from session_service.materials.models import Material
from session_service.materials.schemas import MaterialState

CALLER = bindparam("caller", type_=Uuid())
EXISTS = Material.state != MaterialState.DELETED.value
_PUBLISHED = Material.state == MaterialState.PUBLISHED.value


def helped(column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """That the caller teaches or helps in a class (`column`: its id)."""
    return taught_by(CALLER, HELPERS, column)


def learned() -> ColumnElement[bool]:
    """That a material is published for the caller, who is a student of its class. What hangs on
    one student's lesson is for that student only.
    """
    own = or_(Lesson.student_id.is_(None), Lesson.student_id == CALLER)
    return and_(attended_by(CALLER, Material.study_session_id), _PUBLISHED, _on_lesson(own))


def observed() -> ColumnElement[bool]:
    """That it is published for a student whom the caller observes."""
    of_student = observed_by(CALLER, Lesson.study_session_id, Lesson.student_id)
    own = or_(Lesson.student_id.is_(None), of_student)
    return and_(observed_by(CALLER, Material.study_session_id), _PUBLISHED, _on_lesson(own))


def visible() -> ColumnElement[bool]:
    """That the caller may see a material: all for who teaches or helps, what is published for
    students and who observes them.
    """
    return or_(and_(helped(Material.study_session_id), EXISTS), learned(), observed())


def _on_lesson(own: ColumnElement[bool]) -> ColumnElement[bool]:
    found = select(Lesson.id).where(Lesson.id == Material.lesson_id, own)
    return or_(Material.lesson_id.is_(None), found.exists())
