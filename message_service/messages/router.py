"""Messages over HTTP: history, and a way in for clients without a socket."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs import tracing
from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from message_service.conversations.errors import ConversationClosed, ConversationNotFound
from message_service.conversations.schemas import Seq
from message_service.messages import service
from message_service.messages.errors import TooManyMessages
from message_service.messages.models import Draft
from message_service.messages.schemas import Ack, MessageCreate, MessagePage
from message_service.reads import MongoReads

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}/messages",
    tags=["messages"],
    responses=problems(Unauthorized, AccountBlocked, ConversationNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("messages", 600, 60, by="account"))],
)


class Window(NamedTuple):
    """Which messages: before or after a number, or the newest."""

    before_seq: int | None
    after_seq: int | None
    limit: int


async def get_window(
    before_seq: Annotated[Seq | None, Query(description="The last ones before this.")] = None,
    after_seq: Annotated[Seq | None, Query(description="The first ones after this.")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 50,
) -> Window:
    """The query parameters of a history; a coroutine, since FastAPI runs a class in a thread."""
    return Window(before_seq, after_seq, limit)


@router.get("")
async def list_messages(
    conversation_id: UUID,
    mongo: MongoReads,
    user: CurrentUser,
    window: Annotated[Window, Depends(get_window)],
) -> MessagePage:
    """Messages of a conversation, by number; `after_seq` wins when both bounds are given."""
    return await service.list_page(
        mongo, user.account_id, conversation_id, (window.before_seq, window.after_seq), window.limit
    )


@router.post("", status_code=201, responses=problems(ConversationClosed, TooManyMessages))
async def send_message(
    conversation_id: UUID, body: MessageCreate, user: CurrentUser, request: Request
) -> Ack:
    """Stores a message once, however often it is sent; sender and time are the server's. Who shares
    no class any more writes nothing more.
    """
    trace = tracing.current_traceparent()
    draft = Draft(conversation_id, user.account_id, body.client_msg_id, body.body, trace)
    sender: service.Sender = request.app.state.sender
    return await sender.send(draft)
