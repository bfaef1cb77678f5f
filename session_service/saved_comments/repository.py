"""Queries for saved comments: everybody's own."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.saved_comments.errors import SavedCommentNotFound
from session_service.saved_comments.models import SavedComment
from session_service.saved_comments.schemas import SavedCommentOut

KEEPING = 7_263
"""The class of advisory locks under which one person's comments are counted."""
_PAGE = PageQuery(
    select(*columns_of(SavedComment, SavedCommentOut)).where(
        SavedComment.owner_id == bindparam("caller", type_=Uuid())
    ),
    SavedComment.id,
)


async def count_locked(session: AsyncSession, owner_id: UUID) -> int:
    """How many comments somebody keeps; nobody adds another until this transaction ends."""
    statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:owner))")
    await session.execute(statement, {"kind": KEEPING, "owner": str(owner_id)})
    counted = select(func.count()).where(SavedComment.owner_id == owner_id)
    return (await session.execute(counted)).scalar_one()


async def add(session: AsyncSession, comment: SavedComment) -> None:
    """Adds a comment."""
    session.add(comment)
    await session.flush()


async def lock_own(session: AsyncSession, user: Principal, comment_id: UUID) -> SavedComment:
    """One's own comment, locked. Raises `SavedCommentNotFound`."""
    found = await session.scalar(
        select(SavedComment)
        .where(SavedComment.id == comment_id, SavedComment.owner_id == user.account_id)
        .with_for_update()
    )
    if found is None:
        raise SavedCommentNotFound
    return found


async def remove(session: AsyncSession, comment: SavedComment) -> None:
    """Forgets a comment."""
    await session.delete(comment)
    await session.flush()


async def list_page(reads: Reads, user: Principal, page: PageRequest) -> RowPage:
    """One's own comments, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id)
