"""Events of session_service about marks. Ids and codes only: a mark stays where it is."""

from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class MarksReleased(SessionEvent):
    """A student may see these marks now: all of one release, so one word to the student.
    `mark_ids` stand in the order of `item_ids`, which are the tasks and assessments.
    """

    type: ClassVar[str] = "studyzed.marks.released"
    key_field: ClassVar[str] = "release_id"

    release_id: UUID
    student_id: UUID
    item_ids: list[UUID]
    mark_ids: list[UUID]


class ReleaseRuleChanged(SessionEvent):
    """Marks in a column of a gradebook are released by another rule from now on."""

    type: ClassVar[str] = "studyzed.grade_item.release_rule_changed"
    key_field: ClassVar[str] = "item_id"

    item_id: UUID


class MarkChanged(SessionEvent):
    """A mark that its student had seen is another one now."""

    type: ClassVar[str] = "studyzed.mark.changed"
    key_field: ClassVar[str] = "mark_id"

    mark_id: UUID
    item_id: UUID
    student_id: UUID
