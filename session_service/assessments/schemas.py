"""What clients send and get about assessments.

`Paper` is the one shape in which students see questions. It is made of contents, in whose types no
key has a place (S16).
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, NaiveDatetime, model_validator

from libs.jobs import Job
from libs.schemas import Instant, LongText, Schema, ShortText
from session_service.grade_items.schemas import Category, ReleaseRule
from session_service.question_rules.contents import Content, QuestionType
from session_service.question_rules.keys import Key
from session_service.questions.schemas import Points, Tag

MOST_QUESTIONS = 200
"""In one paper."""


MOST_ATTEMPTS = 100
"""A student's at one assessment, where it has no limit of its own too; void ones do not count."""


class AssessmentState(StrEnum):
    """Seen by those who teach and help; by all; and over."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class Counting(StrEnum):
    """Which of a student's attempts counts (S-A11)."""

    HIGHEST = "highest"
    LATEST = "latest"
    AVERAGE = "average"
    FIRST = "first"


class KeyRelease(StrEnum):
    """When a student may see what was right: never; with the own marks, unless there is another
    try; or when nobody can try any more.
    """

    NEVER = "never"
    WITH_MARKS = "with_marks"
    AFTER_CLOSE = "after_close"


Minutes = Annotated[int, Field(ge=1, le=10_080)]


class Settings(Schema):
    """How an assessment is taken and marked. Times are in minutes. `release` and `category` are
    those of its column in the gradebook, and once it is published they change there.

    `attempt_limit` null means as many as anybody may make, 100; `cooldown_minutes` lie between two
    attempts. With `floor_at_zero` no attempt counts below 0, neither by itself nor in a mean; the
    mark that comes of it is never below 0. Answers that arrive up to `allowance_seconds` after the
    deadline count: networks take their time.
    """

    time_limit_minutes: Minutes | None = None
    attempt_limit: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] | None = 1
    cooldown_minutes: Annotated[int, Field(ge=0, le=10_080)] = 0
    counting: Counting = Counting.HIGHEST
    shuffle_questions: bool = False
    shuffle_options: bool = True
    floor_at_zero: bool = True
    allowance_seconds: Annotated[int, Field(ge=0, le=60)] = 10
    release: ReleaseRule = ReleaseRule.BY_HAND
    key_release: KeyRelease = KeyRelease.NEVER
    category: Category = ""


class Window(Schema):
    """When attempts may be made: from `opens` until `closes`, each as an instant or as a `local`
    time of the class's zone, such as `2026-11-30T08:00`. Where a clock is put forward over it, the
    time after the change is meant; where it comes twice, the first one.
    """

    opens_at: Instant | None = None
    opens_local: NaiveDatetime | None = None
    closes_at: Instant | None = None
    closes_local: NaiveDatetime | None = None

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        for one, other in (("opens_at", "opens_local"), ("closes_at", "closes_local")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"give {one} or {other}")
        return self


class AssessmentCreate(Settings, Window):
    """A draft, to which questions are added next."""

    study_session_id: UUID
    title: ShortText
    description: LongText = ""


class AssessmentUpdate(Window):
    """What changes; what is left out stays. Once published only title, description, the end of the
    window and `key_release` can change.
    """

    title: ShortText | None = None
    description: LongText | None = None
    time_limit_minutes: Minutes | None = None
    attempt_limit: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS)] | None = None
    cooldown_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = None
    counting: Counting | None = None
    shuffle_questions: bool | None = None
    shuffle_options: bool | None = None
    floor_at_zero: bool | None = None
    allowance_seconds: Annotated[int, Field(ge=0, le=60)] | None = None
    release: ReleaseRule | None = None
    key_release: KeyRelease | None = None
    category: Category | None = None


class AssessmentOut(Settings):
    """An assessment as its people see it: everything but the questions. `question_count` and
    `points` are those of every student's paper.
    """

    id: UUID
    study_session_id: UUID
    title: str
    description: str
    state: AssessmentState
    opens_at: datetime | None
    closes_at: datetime | None
    question_count: int
    points: Decimal
    created_at: datetime
    published_at: datetime | None
    closed_at: datetime | None


class Item(Schema):
    """A fixed question, or `count` questions drawn for each student from those of a bank that have
    a tag. `points` and `negative` are those of each question; left out, the question's own
    proposal, for draws 1 and 0. `bank_id` is whose bank it is, left out one's own; another's only
    where it stands here already.
    """

    question_id: UUID | None = None
    tag: Tag | None = None
    bank_id: UUID | None = None
    count: Annotated[int, Field(ge=1, le=MOST_QUESTIONS)] = 1
    points: Points | None = None
    negative: Points | None = None

    @model_validator(mode="after")
    def _one_or_drawn(self) -> Self:
        if (self.question_id is None) is (self.tag is None):
            raise ValueError("give question_id or tag")
        if self.question_id is not None and self.count != 1:
            raise ValueError("a fixed question counts once")
        return self


class Items(Schema):
    """All items of an assessment in their order."""

    items: Annotated[list[Item], Field(max_length=MOST_QUESTIONS)]


class ItemOut(Schema):
    """An item, as its teachers see it."""

    id: UUID
    position: int
    question_id: UUID | None
    tag: str | None
    bank_id: UUID
    count: int
    points: Decimal
    negative: Decimal


class ItemsOut(Schema):
    """All items of an assessment in their order."""

    items: list[ItemOut]


class CloseDue(Job):
    """End assessments whose windows have closed; from the schedule."""

    type: ClassVar[str] = "session.assessments.close_due"


class KeyedQuestion(Schema):
    """A question of a published assessment with its key: for who teaches, and after its release for
    the student who had it. `item` is the place of the item from which it comes.
    """

    id: UUID
    item: int
    question_id: UUID
    type: QuestionType
    content: Content
    key: Key
    explanation: str
    points: Decimal
    negative: Decimal


class PaperQuestion(Schema):
    """A question as a student sees it. `position` counts from 1; a wholly wrong answer costs
    `negative`.
    """

    id: UUID
    position: int
    points: Decimal
    negative: Decimal
    content: Content


class Paper(Schema):
    """The questions of one attempt in their order."""

    questions: list[PaperQuestion]
