"""Channels over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from message_service.channels import service
from message_service.channels.schemas import ChannelMember
from message_service.conversations.errors import ConversationNotFound
from message_service.reads import MongoReads

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}",
    tags=["channels"],
    responses=problems(Unauthorized, AccountBlocked, ConversationNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("channels", 300, 60, by="account"))],
)


@router.get("/members", responses=problems(BadCursor))
async def list_members(
    conversation_id: UUID, mongo: MongoReads, user: CurrentUser, page: Paging
) -> Page[ChannelMember]:
    """Who is in one of one's own conversations."""
    return await service.list_members(mongo, user.account_id, conversation_id, page)
