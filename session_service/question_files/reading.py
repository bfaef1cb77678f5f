"""What is found in a file: questions with their lines, errors and notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from session_service.question_files.schemas import MOST, MOST_LINES, LineNote
from session_service.question_rules import pairs
from session_service.questions.schemas import QuestionCreate


class Wrong(Exception):
    """Something in a file that cannot be read; `line` counts from 1."""

    def __init__(self, line: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.note = LineNote(line=line, code=code, detail=detail)


@dataclass
class Reading:
    """Grows while a file is read. Errors and notes that are too many are only counted."""

    found: list[tuple[int, QuestionCreate]] = field(default_factory=list)
    errors: list[LineNote] = field(default_factory=list)
    notes: list[LineNote] = field(default_factory=list)
    more_errors: int = 0
    more_notes: int = 0

    def take(self, line: int, question: Mapping[str, Any]) -> None:
        """Takes what a line begins, if it makes a question; notes the error otherwise."""
        try:
            made = QuestionCreate.model_validate(question)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_input=False, include_context=False):
                where = ".".join(str(part) for part in one["loc"])
                self.error(line, "invalid", f"{where}: {one['msg']}")
            return
        problem = pairs.problem(made.content, made.key)
        if problem is not None:
            self.error(line, problem.code, f"{problem.pointer}: {problem.detail}")
        elif len(self.found) == MOST:
            raise Wrong(line, "too_many_questions", f"a file holds {MOST} questions at most")
        else:
            self.found.append((line, made))

    def error(self, line: int, code: str, detail: str) -> None:
        """Notes what keeps the file from being added."""
        if len(self.errors) == MOST_LINES:
            self.more_errors += 1
        else:
            self.errors.append(LineNote(line=line, code=code, detail=detail))

    def fail(self, wrong: Wrong) -> None:
        """Notes what cannot be read."""
        self.error(wrong.note.line, wrong.note.code, wrong.note.detail)

    def note(self, line: int, code: str, detail: str) -> None:
        """Notes what is left out."""
        if len(self.notes) == MOST_LINES:
            self.more_notes += 1
        else:
            self.notes.append(LineNote(line=line, code=code, detail=detail))


def lines_of(text: str) -> list[str]:
    """The lines of a file, whatever ends them, without a byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def options(texts: list[str], prefix: str = "o") -> list[dict[str, str]]:
    """Options with ids that count from 1."""
    return [{"id": f"{prefix}{n}", "text": one} for n, one in enumerate(texts, 1)]
