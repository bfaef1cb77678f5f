"""Files of questions over HTTP, for tutors only."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.postgres_deps import SessionDep
from session_service.question_files import service
from session_service.question_files.errors import ImportRefused, TooManyQuestions
from session_service.question_files.schemas import (
    FileFormat,
    QuestionExportOut,
    QuestionImportCreate,
    QuestionImportOut,
)
from session_service.questions.schemas import Tag

router = APIRouter(prefix="/v1", tags=["questions"], route_class=IdempotentRoute)


@router.post(
    "/question-imports",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, KeyRunning, Invalid, ImportRefused, KeyReused
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def import_questions(
    body: QuestionImportCreate, session: SessionDep, user: Tutor, now: Now
) -> QuestionImportOut:
    """Reads a file of questions (Aiken, GIFT, CSV) and says what is in it, with errors by line;
    adds it to one's bank if `dry_run` is false.
    """
    return await service.take(session, user, body, now)


@router.get(
    "/question-exports",
    responses=problems(Unauthorized, WrongRole, TooManyQuestions, Invalid),
)
async def export_questions(
    session: SessionDep,
    user: Tutor,
    form: Annotated[FileFormat, Query(alias="format")],
    tag: Annotated[Tag | None, Query(description="Only with this tag.")] = None,
) -> QuestionExportOut:
    """Writes one's bank as a file of 500 questions at most."""
    return await service.write(session, user, form, tag)
