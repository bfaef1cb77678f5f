"""Who may write where. Asked with each message, since it may have changed meanwhile."""

from collections.abc import Iterable
from uuid import UUID

from libs.errors import AppError
from libs.mongo import MongoSession
from message_service.conversations import repository
from message_service.conversations.errors import (
    AnnounceOnly,
    ChannelFrozen,
    ConversationClosed,
    SenderMuted,
)
from message_service.conversations.models import Conversation
from message_service.conversations.schemas import Kind

Writer = tuple[UUID, UUID]
"""A conversation, and a member who writes in it."""


async def refusals(
    session: MongoSession, writers: Iterable[tuple[Conversation, UUID]]
) -> dict[Writer, AppError]:
    """Why members may not write, for those who may not."""
    asked = list(writers)
    conversations = {of.id: of for of, _ in asked}
    closed = await repository.closed_among(session, conversations.values())
    channels = [of.id for of in conversations.values() if of.kind is not Kind.DIRECT]
    muted = await repository.muted_in(session, channels) if channels else set()
    found: dict[Writer, AppError] = {}
    for of, account_id in asked:
        error = _refusal(of, account_id, closed, muted)
        if error is not None:
            found[of.id, account_id] = error
    return found


def _refusal(
    of: Conversation, account_id: UUID, closed: set[UUID], muted: set[Writer]
) -> AppError | None:
    if of.id in closed:
        return ConversationClosed()
    if of.kind is Kind.DIRECT or account_id in of.moderator_ids:
        return None
    if of.kind is Kind.ANNOUNCEMENTS:
        return AnnounceOnly()
    if of.frozen:
        return ChannelFrozen()
    return SenderMuted() if (of.id, account_id) in muted else None
