"""What clients send and get about files of questions (S21)."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import Schema
from session_service.question_rules.contents import QuestionType
from session_service.questions.schemas import QuestionVersionCreate, Tags

MOST = 500
"""Questions in one file."""
MOST_LINES = 100
"""Errors, and as many notes, that are named one by one; of more the number is told."""


class FileFormat(StrEnum):
    """Aiken (single choice only), GIFT (as Moodle reads it), or our own table (CSV)."""

    AIKEN = "aiken"
    GIFT = "gift"
    CSV = "csv"


FileText = Annotated[
    str, StringConstraints(max_length=400_000, strip_whitespace=False, pattern=r"^[^\x00]*$")
]


class QuestionImportCreate(Schema):
    """A file's text. With `dry_run` nothing is added; otherwise all of it or, where it has an
    error, nothing. All questions get these `tags` besides their own.
    """

    format: FileFormat
    text: FileText
    dry_run: bool = True
    tags: Annotated[Tags, Field(default_factory=list)]


class LineNote(Schema):
    """What is wrong, or is left out, in a line; lines count from 1."""

    line: int
    code: str
    detail: str


class FoundQuestion(QuestionVersionCreate):
    """A question as the file has it, from its line on."""

    line: int
    tags: list[str]


class QuestionImportOut(Schema):
    """What was found. `added` are the ids of new questions, in the file's order; `errors` keep the
    file from being added, `notes` do not; of each the first hundred are named, and how many more
    there are.
    """

    found: list[FoundQuestion]
    added: list[UUID]
    errors: list[LineNote]
    more_errors: int = 0
    notes: list[LineNote]
    more_notes: int = 0


class LeftOut(Schema):
    """A question that the format cannot hold."""

    question_id: UUID
    type: QuestionType


class QuestionExportOut(Schema):
    """A file's text, and what is not in it. Aiken and GIFT hold no points and no tags, Aiken no
    explanation.
    """

    format: FileFormat
    text: str
    count: int
    left_out: list[LeftOut]
