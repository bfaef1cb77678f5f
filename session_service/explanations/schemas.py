"""What clients get as the explanation of a mark or of a percentage (S38)."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from libs.schemas import Schema


class NodeKind(StrEnum):
    """What a number is: see `NodeOut`."""

    GRADE = "grade"
    CATEGORY = "category"
    WORK = "work"
    TOTAL = "total"
    EARNED = "earned"
    PENALTY = "penalty"
    PART = "part"
    REPLACED = "replaced"


class NodeOut(Schema):
    """A number and what it follows from.

    `grade`: the mean of its categories by their `weight`. `category`: the mean of its works.
    `work`: its total, in per cent of `maximum`; without a total it is missing, and zero. `total`:
    what was earned less the penalty. `earned`: the sum of the parts, not below zero. `penalty`:
    `percent` of what was earned or of the `maximum`, at most what was earned. `part`: points by
    `source` and `rule`; `key` is a question or criterion. `replaced`: what a part had before
    somebody overruled it. What does not `count` (dropped as the lowest, replaced) is left out.
    Percentages are rounded once, when shown, half up.
    """

    kind: NodeKind
    key: str
    value: Decimal | None
    counts: bool
    maximum: Decimal | None
    weight: Decimal | None
    percent: Decimal | None
    days: int | None
    base: str | None
    source: str | None
    rule: str | None
    children: list["NodeOut"]


class ExplanationOut(Schema):
    """A tree whose numbers, counted anew from its leaves, come to `recomputed`, which is the number
    shown. `work_id` is the submission or attempt behind a mark, `changes` how often it was changed
    until then.
    """

    as_of: datetime
    value: Decimal | None
    recomputed: Decimal | None
    excused: bool
    work_id: UUID | None
    changes: int | None
    tree: NodeOut | None
