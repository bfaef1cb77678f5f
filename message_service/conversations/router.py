"""Conversations over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from message_service.conversations import service
from message_service.conversations.errors import ConversationNotFound, PersonNotFound
from message_service.conversations.schemas import (
    ConversationOpen,
    ConversationOut,
    ReadOut,
    ReadUpdate,
    ReceiptsOut,
)
from message_service.reads import MongoReads
from message_service.signals import SignalsDep

router = APIRouter(
    prefix="/v1/conversations",
    tags=["conversations"],
    responses=problems(Unauthorized, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("conversations", 300, 60, by="account"))],
)


@router.get("", responses=problems(BadCursor))
async def list_conversations(
    mongo: MongoReads, user: CurrentUser, page: Paging
) -> Page[ConversationOut]:
    """One's own conversations, the latest activity first."""
    return await service.list_page(mongo, user.account_id, page)


@router.post("", responses=problems(PersonNotFound))
async def open_conversation(
    body: ConversationOpen, mongo: MongoReads, user: CurrentUser, now: Now
) -> ConversationOut:
    """The conversation with a tutor or student of a shared class; made if there is none yet."""
    return await service.open_with(mongo, user.account_id, body, now)


@router.get("/{conversation_id}", responses=problems(ConversationNotFound))
async def get_conversation(
    conversation_id: UUID, mongo: MongoReads, user: CurrentUser
) -> ConversationOut:
    """One of one's own conversations."""
    return await service.get(mongo, user.account_id, conversation_id)


@router.put("/{conversation_id}/read", responses=problems(ConversationNotFound))
async def mark_read(
    conversation_id: UUID,
    body: ReadUpdate,
    mongo: MongoReads,
    user: CurrentUser,
    signals: SignalsDep,
) -> ReadOut:
    """Says how far one has read; the mark only grows."""
    mark = await service.mark_read(mongo, user.account_id, conversation_id, body.read_up_to)
    await signals.tell(mark.member_ids, mark.frame)
    return ReadOut(read_up_to=mark.frame.read_up_to)


@router.get("/{conversation_id}/receipts", responses=problems(ConversationNotFound))
async def list_receipts(conversation_id: UUID, mongo: MongoReads, user: CurrentUser) -> ReceiptsOut:
    """How far the others have read; only among those who let it be seen."""
    return await service.receipts(mongo, user.account_id, conversation_id)
