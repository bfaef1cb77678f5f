"""What clients send and get about marking anew after a key was corrected (S22)."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class Regrade(Schema):
    """Why a question is marked anew; it stands in the trail of each mark that changes."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PLAIN)]


class Changed(Schema):
    """A student for whom something changes: the points of the question in each attempt that
    changes, and the total of the mark; a total is null while answers wait to be marked.
    """

    student_id: UUID
    attempt_ids: list[UUID]
    from_points: list[Decimal]
    to_points: list[Decimal]
    from_total: Decimal | None
    to_total: Decimal | None


class RegradeOut(Schema):
    """What marking a question by the newest version of its key changes, or has changed."""

    question_id: UUID
    from_version: int
    to_version: int
    students: list[Changed]
