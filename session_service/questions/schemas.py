"""What authors send and get about the questions of their bank. Students get none of this: what they
see of a question is its content alone (`assessments.schemas.Paper`).
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import LINE, LongText, Schema
from session_service.question_rules.answers import distinct
from session_service.question_rules.contents import Content, QuestionType
from session_service.question_rules.keys import Key

Points = Annotated[
    Decimal,
    Field(ge=0, le=1_000, max_digits=6, decimal_places=2),
    AfterValidator(lambda points: points.quantize(Decimal("0.01"))),
]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=LINE, to_lower=True)]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(distinct)]


class QuestionVersionCreate(Schema):
    """A question as it is from now on. The key names the content's options by their ids, in whose
    place the server puts drawn ones; a new version keeps those that the last one had.

    `points` and `negative`, what a wholly wrong answer costs, are proposals to assessments.
    """

    content: Content
    key: Key
    explanation: LongText = ""
    points: Points = Decimal("1.00")
    negative: Points = Decimal("0.00")


class QuestionCreate(QuestionVersionCreate):
    """A new question of one's bank."""

    tags: Annotated[Tags, Field(default_factory=list)]


class QuestionUpdate(Schema):
    """What changes besides versions; what is left out stays. An archived question is not offered
    any more, and stays where it is used.
    """

    tags: Tags | None = None
    archived: bool | None = None


class QuestionOut(Schema):
    """A question of one's bank, by its newest version."""

    id: UUID
    type: QuestionType
    tags: list[str]
    number: int
    version_id: UUID
    content: Content
    key: Key
    explanation: str
    points: Decimal
    negative: Decimal
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None


class QuestionVersionOut(Schema):
    """A version of a question; numbers count from 1."""

    id: UUID
    question_id: UUID
    number: int
    content: Content
    key: Key
    explanation: str
    points: Decimal
    negative: Decimal
    created_at: datetime
