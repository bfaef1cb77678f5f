"""What clients send and get about marks."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from libs.schemas import LongText, Schema
from session_service.tasks.schemas import Points


class MarkCreate(Schema):
    """Points up to the task's; a decimal with two places at most."""

    points: Points
    comment: LongText = ""


class MarkOut(Schema):
    """The mark that counts; `number` says how often it was set."""

    id: UUID
    submission_id: UUID
    number: int
    points: Decimal
    comment: str
    marked_at: datetime
    released_at: datetime | None
