"""What notifications about tasks and the work on them are about; see `templates`. All times are the
reader's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfTask(Template):
    study_session_id: UUID
    session_code: str
    task_id: UUID


class DuePostponed(_OfTask):
    """To all students of a class: due later, or earlier."""

    kind: ClassVar[str] = "due_changed"
    moments: ClassVar[Mapping[str, str]] = {"due": "due_at", "before": "old_due_at"}

    due_at: datetime
    old_due_at: datetime


class DueSoon(_OfTask):
    """The day before, to those who have not handed in anything."""

    kind: ClassVar[str] = "due_soon"
    moments: ClassVar[Mapping[str, str]] = {"due": "due_at"}

    due_at: datetime


class WorkReturned(_OfTask):
    """To the student. What is to be done is not in it."""

    kind: ClassVar[str] = "work_returned"

    submission_id: UUID
    number: int


class _OfItem(Template):
    study_session_id: UUID
    session_code: str
    item_id: UUID


class TimeGranted(_OfItem):
    """To the student: another due time, or a longer time limit."""

    kind: ClassVar[str] = "time_granted"


class TimeWithdrawn(_OfItem):
    """To the student."""

    kind: ClassVar[str] = "time_withdrawn"
