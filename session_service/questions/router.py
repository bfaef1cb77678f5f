"""Question banks over HTTP, for tutors only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.question_rules.contents import QuestionType
from session_service.questions import repository, service
from session_service.questions.errors import QuestionNotFound
from session_service.questions.schemas import (
    QuestionCreate,
    QuestionOut,
    QuestionUpdate,
    QuestionVersionCreate,
    QuestionVersionOut,
    Tag,
)

router = APIRouter(prefix="/v1/questions", tags=["questions"], route_class=IdempotentRoute)


async def get_filters(
    tag: Annotated[Tag | None, Query(description="Only with this tag.")] = None,
    question_type: Annotated[
        QuestionType | None, Query(alias="type", description="Only of this type.")
    ] = None,
    archived: Annotated[bool, Query(description="Archived ones, not the others.")] = False,
) -> dict[str, object]:
    """The query parameters of a list."""
    kind = question_type and question_type.value
    return {"tag": tag, "type": kind, "archived": archived}


FiltersDep = Annotated[dict[str, object], Depends(get_filters)]


@router.post(
    "",
    status_code=201,
    responses=problems(Unauthorized, WrongRole, KeyRunning, Invalid, KeyReused),
    dependencies=[ONCE],
)
async def create_question(
    body: QuestionCreate, session: SessionDep, user: Tutor, now: Now
) -> QuestionOut:
    """Adds a question to one's bank."""
    return await service.create(session, user, body, now)


@router.get(
    "",
    response_model=Page[QuestionOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_questions(
    reads: ReadsDep, user: Tutor, page: Paging, filters: FiltersDep
) -> RowPage:
    """One's bank, newest first."""
    return await repository.list_page(reads, user, page, **filters)


@router.get(
    "/{question_id}",
    response_model=QuestionOut,
    responses=problems(Unauthorized, WrongRole, QuestionNotFound, Invalid),
)
async def get_question(question_id: UUID, reads: ReadsDep, user: Tutor, response: Response) -> Row:
    """One question of one's bank, by its newest version; its `ETag` names the revision."""
    found = await repository.get_own(reads, user, question_id)
    response.headers["ETag"] = etags.of(found.pop("revision"))
    return found


@router.patch(
    "/{question_id}",
    responses=problems(Unauthorized, WrongRole, QuestionNotFound, Stale, Invalid),
)
async def change_question(
    question_id: UUID, body: QuestionUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> QuestionOut:
    """Changes a question's tags, archives it or brings it back."""
    changed, revision = await service.change(session, user, question_id, body, tags.if_match)
    tags.show(revision)
    return changed


@router.post(
    "/{question_id}/versions",
    status_code=201,
    responses=problems(Unauthorized, WrongRole, QuestionNotFound, Stale, Invalid),
)
async def add_question_version(
    question_id: UUID, body: QuestionVersionCreate, session: SessionDep, user: Tutor, tags: TagsDep
) -> QuestionOut:
    """Makes the next version. Published assessments keep the one that they have."""
    made, revision = await service.add_version(session, user, question_id, body, tags.if_match)
    tags.show(revision)
    return made


@router.get(
    "/{question_id}/versions",
    response_model=Page[QuestionVersionOut],
    responses=problems(Unauthorized, WrongRole, QuestionNotFound, BadCursor, Invalid),
)
async def list_question_versions(
    question_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """The versions of a question, newest first."""
    return await service.list_versions(reads, user, question_id, page)
