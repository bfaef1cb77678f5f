"""The comment bank over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.saved_comments import repository, service
from session_service.saved_comments.errors import SavedCommentNotFound, TooManySavedComments
from session_service.saved_comments.models import SavedComment
from session_service.saved_comments.schemas import SavedCommentIn, SavedCommentOut

router = APIRouter(prefix="/v1/saved-comments", tags=["marks"], route_class=IdempotentRoute)
ONE = "/{comment_id}"


@router.post(
    "",
    status_code=201,
    response_model=SavedCommentOut,
    responses=problems(
        Unauthorized, WrongRole, TooManySavedComments, KeyRunning, Invalid, KeyReused
    ),
    dependencies=[ONCE],
)
async def save_comment(
    body: SavedCommentIn, session: SessionDep, user: Tutor, now: Now
) -> SavedComment:
    """Keeps a comment in one's own bank, to write it again with other marks."""
    return await service.save(session, user, body, now)


@router.get(
    "",
    response_model=Page[SavedCommentOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_saved_comments(reads: ReadsDep, user: Tutor, page: Paging) -> RowPage:
    """One's own bank, newest first."""
    return await repository.list_page(reads, user, page)


@router.put(
    ONE,
    response_model=SavedCommentOut,
    responses=problems(Unauthorized, WrongRole, SavedCommentNotFound, Invalid),
)
async def change_saved_comment(
    comment_id: UUID, body: SavedCommentIn, session: SessionDep, user: Tutor
) -> SavedComment:
    """Writes a comment anew. Marks keep what they have."""
    return await service.change(session, user, comment_id, body)


@router.delete(
    ONE,
    status_code=204,
    responses=problems(Unauthorized, WrongRole, SavedCommentNotFound, Invalid),
)
async def remove_saved_comment(comment_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Takes a comment out of the bank."""
    await service.remove(session, user, comment_id)
