"""What clients send and get about the marks of submissions."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from libs.schemas import LongText, Schema
from session_service.grade_items.schemas import Points
from session_service.marks.schemas import Reason


class MarkCreate(Schema):
    """Points up to the task's; a decimal with two places at most. `reason` is for the trail: it is
    needed to change a mark that its student has seen.
    """

    points: Points
    comment: LongText = ""
    reason: Reason = ""


class MarkOut(Schema):
    """The mark that counts; `number` says how often it was changed, and is its `ETag`. `points` are
    what is left after `penalty_points` were taken off for lateness.
    """

    id: UUID
    submission_id: UUID
    number: int
    points: Decimal
    penalty_points: Decimal
    comment: str
    marked_at: datetime
    released_at: datetime | None
