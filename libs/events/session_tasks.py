"""Events of session_service about tasks and the work on them, beside those in `session`. Ids and
codes only; all times are instants in UTC.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class TaskDueChanged(SessionEvent):
    """A published task is due at another time than `old_due_at`, as `changed_by` has it."""

    type: ClassVar[str] = "studyzed.task.due_changed"
    key_field: ClassVar[str] = "task_id"

    task_id: UUID
    tutor_id: UUID
    due_at: datetime
    old_due_at: datetime
    changed_by: UUID | None = None


class TaskLatePolicyChanged(SessionEvent):
    """A published task treats late work otherwise than before."""

    type: ClassVar[str] = "studyzed.task.late_policy_changed"
    key_field: ClassVar[str] = "task_id"

    task_id: UUID
    changed_by: UUID


class TaskDueSoon(SessionEvent):
    """A task is due within a day, and these students have not handed in anything."""

    type: ClassVar[str] = "studyzed.task.due_soon"
    key_field: ClassVar[str] = "task_id"

    task_id: UUID
    due_at: datetime
    student_ids: tuple[UUID, ...]


class SubmissionReturned(SessionEvent):
    """A teacher has given a student's work back to be done again. Why stays with the work."""

    type: ClassVar[str] = "studyzed.submission.returned"
    key_field: ClassVar[str] = "submission_id"

    submission_id: UUID
    task_id: UUID
    student_id: UUID
    number: int


class ExtensionEvent(SessionEvent):
    """Base: `changed_by` has changed what one student is granted for a task or an assessment
    (`item_id`).
    """

    key_field: ClassVar[str] = "extension_id"

    extension_id: UUID
    item_id: UUID
    student_id: UUID
    changed_by: UUID | None = None


class ExtensionGranted(ExtensionEvent):
    """A student has more time: until `due_at` if it is given."""

    type: ClassVar[str] = "studyzed.extension.granted"

    due_at: datetime | None


class ExtensionWithdrawn(ExtensionEvent):
    """What a student was granted is taken back: the item is due as for the others."""

    type: ClassVar[str] = "studyzed.extension.withdrawn"
