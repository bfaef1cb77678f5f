"""What clients send and get about extensions."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from libs.schemas import PLAIN, Schema
from session_service.tasks.schemas import LocalTime, When

Factor = Annotated[
    Decimal,
    Field(ge=1, le=5, max_digits=3, decimal_places=2),
    AfterValidator(lambda factor: factor.quantize(Decimal("0.01"))),
]


class ExtensionWanted(Schema):
    """What one student is granted for a task or an assessment: a later due time, as an instant or
    in the class's zone, or more time for each attempt (1.25 is a quarter more); and why, which only
    those who teach and help see.
    """

    due_at: When | None = None
    due_local: LocalTime | None = None
    extra_time_factor: Factor = Decimal("1.00")
    reason: Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)] = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.due_at is not None and self.due_local is not None:
            raise ValueError("either due_at or due_local")
        if self.due_at is None and self.due_local is None and self.extra_time_factor == 1:
            raise ValueError("a later due time, or more time, is needed")
        return self


class ExtensionOut(Schema):
    """What a student is granted. `reason` is null for all but those who teach and help."""

    id: UUID
    item_id: UUID
    study_session_id: UUID
    student_id: UUID
    due_at: datetime | None
    extra_time_factor: Decimal
    reason: str | None
    granted_at: datetime
