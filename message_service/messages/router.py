"""Messages over HTTP: history, and a way in for clients without a socket."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs import tracing
from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.schemas import Instant
from message_service.conversations.errors import (
    AnnounceOnly,
    ChannelFrozen,
    ChannelLeft,
    ConversationClosed,
    ConversationNotFound,
    SenderMuted,
)
from message_service.conversations.schemas import Seq
from message_service.messages import history, service
from message_service.messages.errors import (
    MentionUnknown,
    MessageNotFound,
    ReplyUnknown,
    TooManyMessages,
)
from message_service.messages.history import Window
from message_service.messages.models import Draft
from message_service.messages.schemas import Ack, MessageCreate, MessagePage, MessageShown
from message_service.reads import MongoReads

Number = Annotated[int, Path(ge=1, lt=2**53, description="The message's number.")]

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}/messages",
    tags=["messages"],
    responses=problems(Unauthorized, AccountBlocked, ConversationNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("messages", 600, 60, by="account"))],
)


async def get_window(
    before_seq: Annotated[Seq | None, Query(description="The last ones before this.")] = None,
    after_seq: Annotated[Seq | None, Query(description="The first ones after this.")] = None,
    around_seq: Annotated[Seq | None, Query(description="Those around this.")] = None,
    at: Annotated[Instant | None, Query(description="The first ones sent since then.")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 50,
) -> Window:
    """The query parameters of a history; a coroutine, since FastAPI runs a class in a thread."""
    return Window(before_seq, after_seq, around_seq, at, limit)


@router.get("", responses=problems(ChannelLeft))
async def list_messages(
    conversation_id: UUID,
    mongo: MongoReads,
    user: CurrentUser,
    window: Annotated[Window, Depends(get_window)],
) -> MessagePage:
    """Messages of a conversation, by number. Of several bounds one counts: `at`, then `after_seq`,
    `around_seq`, `before_seq`. The first unread one is around `read_up_to` + 1.
    """
    return await history.list_page(mongo, user.account_id, conversation_id, window)


@router.get("/{seq}", responses=problems(MessageNotFound, ChannelLeft))
async def get_message(
    conversation_id: UUID, seq: Number, mongo: MongoReads, user: CurrentUser
) -> MessageShown:
    """One message, by its number."""
    return await history.get(mongo, user.account_id, conversation_id, seq)


@router.post(
    "",
    status_code=201,
    responses=problems(
        ConversationClosed,
        AnnounceOnly,
        ChannelFrozen,
        SenderMuted,
        ReplyUnknown,
        MentionUnknown,
        TooManyMessages,
    ),
)
async def send_message(
    conversation_id: UUID, body: MessageCreate, user: CurrentUser, request: Request
) -> Ack:
    """Stores a message once, however often it is sent; sender and time are the server's. Who shares
    no class any more writes nothing more.
    """
    trace = tracing.current_traceparent()
    draft = Draft(
        conversation_id,
        user.account_id,
        body.client_msg_id,
        body.body,
        trace,
        body.reply_to,
        body.mentions,
    )
    sender: service.Sender = request.app.state.sender
    return await sender.send(draft)
