"""What notifications about marks are about; see `templates`. The marks are not in them."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfMarks(Template):
    study_session_id: UUID
    session_code: str


class MarksShown(_OfMarks):
    """To the student: all of one release."""

    kind: ClassVar[str] = "marks_shown"

    release_id: UUID
    item_ids: list[UUID]


class MarkAltered(_OfMarks):
    """To the student, who had seen the mark before."""

    kind: ClassVar[str] = "mark_altered"

    mark_id: UUID
    item_id: UUID
