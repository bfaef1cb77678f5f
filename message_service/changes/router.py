"""Changes of messages over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging, encode
from message_service.changes import repository, service
from message_service.changes.errors import (
    EditTooLate,
    MessageDeleted,
    NotTheAuthor,
    TooManyEdits,
    TooManyReactions,
)
from message_service.changes.schemas import (
    ChangesOut,
    EditOut,
    EditsOut,
    Emoji,
    MessageEdit,
    ReactorOut,
)
from message_service.changes.service import Changes
from message_service.conversations import repository as conversations
from message_service.conversations.errors import (
    AnnounceOnly,
    ChannelFrozen,
    ConversationClosed,
    ConversationNotFound,
    SenderMuted,
)
from message_service.conversations.schemas import Seq
from message_service.messages import repository as messages
from message_service.messages.errors import MentionUnknown, MessageNotFound
from message_service.messages.schemas import MessageOut
from message_service.reads import MongoReads

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}",
    tags=["messages"],
    responses=problems(Unauthorized, AccountBlocked, ConversationNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("message_changes", 600, 60, by="account"))],
)
ONE = "/messages/{seq}"
Number = Annotated[int, Path(ge=1, lt=2**53, description="The message's number.")]


async def get_changes(request: Request) -> Changes:
    """The process's changes, for routes."""
    found: Changes = request.app.state.changes
    return found


ChangesDep = Annotated[Changes, Depends(get_changes)]


@router.get("/changes")
async def list_changes(
    conversation_id: UUID,
    mongo: MongoReads,
    user: CurrentUser,
    after_version: Annotated[Seq, Query(description="What the caller knows already.")] = 0,
    limit: Annotated[int, Query(ge=1, le=50)] = 50,
) -> ChangesOut:
    """What has changed since a version: for clients that were away."""
    found, version = await service.list_changed(
        mongo, user.account_id, conversation_id, after_version, limit
    )
    items = [MessageOut.model_validate(one) for one in found[:limit]]
    return ChangesOut(items=items, more=len(found) > limit, version=version)


@router.patch(
    ONE,
    responses=problems(
        MessageNotFound, NotTheAuthor, EditTooLate, ConversationClosed, MessageDeleted,
        TooManyEdits, MentionUnknown, AnnounceOnly, ChannelFrozen, SenderMuted,
    ),
)  # fmt: skip
async def edit_message(
    conversation_id: UUID, seq: Number, body: MessageEdit, user: CurrentUser, changes: ChangesDep
) -> MessageOut:
    """Gives one's own message another text, for some minutes after it was sent."""
    found = await changes.edit(user.account_id, conversation_id, seq, body)
    return MessageOut.model_validate(found)


@router.delete(ONE, responses=problems(MessageNotFound, NotTheAuthor))
async def delete_message(
    conversation_id: UUID, seq: Number, user: CurrentUser, changes: ChangesDep
) -> MessageOut:
    """Takes back what one has written: a tombstone without text keeps its number."""
    found = await changes.delete(user.account_id, conversation_id, seq)
    return MessageOut.model_validate(found)


@router.get(ONE + "/edits", responses=problems(MessageNotFound, NotTheAuthor))
async def list_edits(
    conversation_id: UUID, seq: Number, mongo: MongoReads, user: CurrentUser
) -> EditsOut:
    """What a message said before it was edited: for its author, and for a channel's moderators."""
    found = await service.list_edits(mongo, user.account_id, conversation_id, seq)
    fields = ("number", "body", "replaced_at")
    return EditsOut(items=[EditOut(**{name: row[name] for name in fields}) for row in found])


@router.get(ONE + "/reactions", responses=problems(MessageNotFound, BadCursor))
async def list_reactions(
    conversation_id: UUID, seq: Number, mongo: MongoReads, user: CurrentUser, page: Paging
) -> Page[ReactorOut]:
    """Who has reacted to a message, the latest first."""
    of = await conversations.get_for(mongo, user.account_id, conversation_id)
    message = await messages.get(mongo, of.id, seq)
    rows = await repository.list_reactions(mongo, message.id, page.after, page.limit)
    shown = rows[: page.limit]
    fields = ("account_id", "emoji", "reacted_at")
    return Page(
        items=[ReactorOut(**{name: row[name] for name in fields}) for row in shown],
        next_cursor=encode(shown[-1]["_id"]) if len(rows) > page.limit else None,
    )


REACTING = problems(MessageNotFound, ConversationClosed, MessageDeleted, TooManyReactions)


@router.put(ONE + "/reactions/{emoji}", responses=REACTING)
async def add_reaction(
    conversation_id: UUID, seq: Number, emoji: Emoji, user: CurrentUser, changes: ChangesDep
) -> MessageOut:
    """Reacts to a message by an emoji."""
    found = await changes.react(user.account_id, conversation_id, seq, emoji, on=True)
    return MessageOut.model_validate(found)


@router.delete(ONE + "/reactions/{emoji}", responses=REACTING)
async def take_reaction_back(
    conversation_id: UUID, seq: Number, emoji: Emoji, user: CurrentUser, changes: ChangesDep
) -> MessageOut:
    """Takes one's own reaction back."""
    found = await changes.react(user.account_id, conversation_id, seq, emoji, on=False)
    return MessageOut.model_validate(found)
