"""Files of questions (S21): read into one's bank, all or nothing, and written from it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem
from session_service.question_files import (
    aiken,
    gift,
    gift_writing,
    repository,
    table,
    table_writing,
)
from session_service.question_files.errors import ImportRefused, TooManyQuestions
from session_service.question_files.reading import Reading
from session_service.question_files.schemas import (
    MOST,
    FileFormat,
    FoundQuestion,
    LeftOut,
    QuestionExportOut,
    QuestionImportCreate,
    QuestionImportOut,
)
from session_service.questions import service as questions
from session_service.questions.repository import Current
from session_service.questions.schemas import QuestionCreate

READERS = {FileFormat.AIKEN: aiken.read, FileFormat.GIFT: gift.read, FileFormat.CSV: table.read}


async def take(
    session: AsyncSession, user: Principal, wanted: QuestionImportCreate, now: datetime
) -> QuestionImportOut:
    """Reads a file, and adds what it holds unless it is a dry run. Raises `ImportRefused`, with a
    line for each error, when it is none.
    """
    read = READERS[wanted.format](wanted.text)
    if not read.found and not read.errors:
        read.error(1, "nothing_found", "there is no question in this")
    if wanted.dry_run:
        return _shown(read, wanted.tags, [])
    if read.errors:
        lines = [FieldProblem("/text", one.code, f"line {one.line}: {one.detail}")
                 for one in read.errors]  # fmt: skip
        if read.more_errors:
            lines.append(FieldProblem("/text", "more_errors", f"and {read.more_errors} more"))
        raise ImportRefused(fields=lines)
    made = [_tagged(one, wanted.tags) for _, one in read.found]
    added = await questions.create_all(session, user, made, now)
    return _shown(read, wanted.tags, added)


async def write(
    session: AsyncSession, user: Principal, form: FileFormat, tag: str | None
) -> QuestionExportOut:
    """A file of the caller's bank, oldest first, without what is archived and what the format
    cannot hold. Raises `TooManyQuestions`.
    """
    found = await repository.own(session, user.account_id, tag, MOST + 1)
    if len(found) > MOST:
        raise TooManyQuestions
    parts = [table_writing.header()] if form is FileFormat.CSV else []
    left_out = []
    for number, current in enumerate(found, 1):
        part = _written(form, number, current)
        if part is None:
            left_out.append(LeftOut(question_id=current[0].id, type=current[0].type))
        else:
            parts.append(part)
    text = ("" if form is FileFormat.CSV else "\n").join(parts)
    count = len(found) - len(left_out)
    return QuestionExportOut(format=form, text=text, count=count, left_out=left_out)


def _written(form: FileFormat, number: int, current: Current) -> str | None:
    question, newest = current
    content, key = newest.read_content, newest.read_key
    if form is FileFormat.AIKEN:
        return aiken.write(content, key)
    if form is FileFormat.GIFT:
        return gift_writing.write(number, content, key, newest.explanation)
    return table_writing.write(
        QuestionCreate(
            content=content,
            key=key,
            explanation=newest.explanation,
            points=newest.points,
            negative=newest.negative,
            tags=question.tags,
        )
    )


def _tagged(question: QuestionCreate, tags: list[str]) -> QuestionCreate:
    all_tags = list(dict.fromkeys([*question.tags, *tags]))[:20]
    return question.model_copy(update={"tags": all_tags})


def _shown(read: Reading, tags: list[str], added: list[UUID]) -> QuestionImportOut:
    found = [
        FoundQuestion(
            line=line,
            tags=_tagged(one, tags).tags,
            **{name: getattr(one, name) for name in _FIELDS},
        )
        for line, one in read.found
    ]
    return QuestionImportOut(
        found=found, added=added, errors=read.errors, more_errors=read.more_errors,
        notes=read.notes, more_notes=read.more_notes,
    )  # fmt: skip


_FIELDS = ("content", "key", "explanation", "points", "negative")
