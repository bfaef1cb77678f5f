"""What clients send and get about late work."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from libs.schemas import Schema
from session_service.late_policies.rules import Base

WEEK = 7 * 24 * 60
YEAR = 366 * 24 * 60
Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=5, decimal_places=2),
    AfterValidator(lambda percent: percent.quantize(Decimal("0.01"))),
]


class LatePolicyFields(Schema):
    """How late work is treated (S-A4). Work is on time until `grace_minutes` after it is due. After
    that each started day of 24 hours costs `percent_per_day` of what was earned, or of the
    `maximum`, up to `cap_percent`; and late work is taken for `cut_off_minutes` more, 0 for not at
    all, null for without end.
    """

    grace_minutes: Annotated[int, Field(ge=0, le=WEEK)] = 10
    percent_per_day: Percent = Decimal("0.00")
    base: Base = "earned"
    cap_percent: Percent = Decimal("100.00")
    cut_off_minutes: Annotated[int, Field(ge=0, le=YEAR)] | None = 0


class LatePolicyOut(LatePolicyFields):
    """The policy that a class's new tasks get unless they bring their own."""

    study_session_id: UUID
