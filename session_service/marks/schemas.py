"""What a mark is made of, and what clients send and get about marks."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, LongText, Schema
from session_service.grade_items.schemas import Points

Reason = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]
PartKey = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]


class MarkState(StrEnum):
    """Nothing there to mark (an excuse alone makes such a row); parts without points; whole, but
    hidden from the student (S11); shown.
    """

    EMPTY = "empty"
    NEEDS_MARKING = "needs_marking"
    DRAFT = "draft"
    RELEASED = "released"


class PartSource(StrEnum):
    """Where a part's points come from."""

    AUTO = "auto"
    MANUAL = "manual"
    RUBRIC = "rubric"
    IMPORT = "import"
    OVERRIDE = "override"


class ChangeKind(StrEnum):
    """What can happen to a mark."""

    MARKED = "marked"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"
    RELEASED = "released"
    HIDDEN = "hidden"


class PartIn(Schema):
    """One part's points, or null while it is to be marked."""

    key: PartKey
    points: Points | None
    note: LongText = ""


class PartOut(Schema):
    """One part of a mark. `rule` is the version of the rule by which it was marked."""

    key: str
    points: Decimal | None
    maximum: Decimal
    source: PartSource
    rule: str
    note: str


class MarkPut(Schema):
    """Points for a whole work: one number, or its parts; those not named stay as they are. Whoever
    changes a mark that its student has seen says why.
    """

    points: Points | None = None
    parts: Annotated[list[PartIn], Field(max_length=200, default_factory=list)]
    comment: LongText | None = None
    reason: Reason = ""


class ExcusePut(Schema):
    """Whether a student is excused from a work, and why."""

    excused: bool
    reason: Reason = ""


class GivenMarkOut(Schema):
    """A student's mark. What is excused counts nowhere; a total is null until all parts have
    points. For a student all of it is null until it is released.
    """

    id: UUID
    item_id: UUID
    study_session_id: UUID
    student_id: UUID
    work_id: UUID | None
    state: MarkState
    excused: bool
    total: Decimal | None
    penalty_points: Decimal | None
    comment: str | None
    marked_at: datetime | None
    released_at: datetime | None
    revision: int


class MarkDetail(GivenMarkOut):
    """A mark with its parts."""

    parts: list[PartOut]


class ChangeOut(Schema):
    """What happened to a mark: who, when, from, to, why. `changed_by` is null for the machine."""

    id: UUID
    number: int
    kind: ChangeKind
    changed_by: UUID | None
    changed_at: datetime
    from_total: Decimal | None
    to_total: Decimal | None
    from_state: MarkState
    to_state: MarkState
    excused: bool
    reason: str | None
