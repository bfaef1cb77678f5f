"""What clients send and get about tasks and submissions."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Instant, LongText, Schema, ShortText
from session_service.grade_items.schemas import Points


class TaskCreate(Schema):
    """A task for all students of a class; `due_at` is an instant with its offset."""

    study_session_id: UUID
    title: ShortText
    description: LongText = ""
    points: Points = Decimal("10.00")
    due_at: Instant


class TaskOut(Schema):
    """A task as its people see it."""

    id: UUID
    study_session_id: UUID
    title: str
    description: str
    points: Decimal
    due_at: datetime
    created_at: datetime


class SubmissionCreate(Schema):
    """One version of the work."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=PLAIN)]


class SubmissionOut(Schema):
    """A version as its student and the tutor see it; `number` counts from 1."""

    id: UUID
    task_id: UUID
    student_id: UUID
    student_code: str
    number: int
    body: str
    received_at: datetime
