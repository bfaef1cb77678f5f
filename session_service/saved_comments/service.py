"""The rules of saved comments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.ids import new_id
from session_service.saved_comments import repository
from session_service.saved_comments.errors import TooManySavedComments
from session_service.saved_comments.models import MOST, SavedComment
from session_service.saved_comments.schemas import SavedCommentIn


async def save(
    session: AsyncSession, user: Principal, wanted: SavedCommentIn, now: datetime
) -> SavedComment:
    """Keeps a comment. Raises `TooManySavedComments`."""
    if await repository.count_locked(session, user.account_id) >= MOST:
        raise TooManySavedComments
    made = SavedComment(id=new_id(), owner_id=user.account_id, text=wanted.text, created_at=now)
    await repository.add(session, made)
    return made


async def change(
    session: AsyncSession, user: Principal, comment_id: UUID, wanted: SavedCommentIn
) -> SavedComment:
    """Writes a comment anew; marks that have it keep what they have. Raises
    `SavedCommentNotFound`.
    """
    found = await repository.lock_own(session, user, comment_id)
    found.text = wanted.text
    await session.flush()
    return found


async def remove(session: AsyncSession, user: Principal, comment_id: UUID) -> None:
    """Forgets a comment. Raises `SavedCommentNotFound`."""
    await repository.remove(session, await repository.lock_own(session, user, comment_id))
