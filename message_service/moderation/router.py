"""Moderation over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.auth import AccountBlocked, WrongRole
from libs.deps import Admin, CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.mongo import Mongo
from libs.pagination import BadCursor, Page, Paging
from message_service.changes.errors import MessageDeleted
from message_service.changes.service import Changes
from message_service.conversations.errors import (
    ConversationNotFound,
    NotAModerator,
    PersonNotFound,
)
from message_service.messages.errors import MessageNotFound
from message_service.messages.schemas import MessageOut
from message_service.moderation import repository, service
from message_service.moderation.errors import ModeratorNotMuted, ReportNotFound, ReportResolved
from message_service.moderation.schemas import (
    Because,
    FrozenOut,
    LogEntry,
    MuteCreate,
    MuteOut,
    MutesOut,
    ReportCreate,
    ReportMade,
    ReportOut,
    ReportState,
    Resolution,
)
from message_service.reads import MongoReads

COMMON = problems(Unauthorized, AccountBlocked, Invalid, TooMany)
COUNTED = [Depends(limited("moderation", 120, 60, by="account"))]
router = APIRouter(
    prefix="/v1/conversations/{conversation_id}",
    tags=["moderation"],
    responses=COMMON | problems(ConversationNotFound, NotAModerator),
    dependencies=COUNTED,
)
reports = APIRouter(
    prefix="/v1/message-reports",
    tags=["moderation"],
    responses=COMMON | problems(WrongRole),
    dependencies=COUNTED,
)
Number = Annotated[int, Path(ge=1, lt=2**53, description="The message's number.")]
State = Annotated[ReportState | None, Query(description="Only those in this state.")]


async def get_mongo(request: Request) -> Mongo:
    """The process's database, for routes that need a transaction."""
    found: Mongo = request.app.state.mongo
    return found


async def get_changes(request: Request) -> Changes:
    """The process's changes, for routes."""
    found: Changes = request.app.state.changes
    return found


Transactions = Annotated[Mongo, Depends(get_mongo)]


@router.put("/freeze")
async def freeze_channel(
    conversation_id: UUID, body: Because, user: CurrentUser, mongo: Transactions
) -> FrozenOut:
    """From now on moderators alone write in a channel."""
    await service.freeze(mongo, user.account_id, conversation_id, body.reason, on=True)
    return FrozenOut(frozen=True)


@router.delete("/freeze")
async def thaw_channel(conversation_id: UUID, user: CurrentUser, mongo: Transactions) -> FrozenOut:
    """All write in a channel again."""
    await service.freeze(mongo, user.account_id, conversation_id, "", on=False)
    return FrozenOut(frozen=False)


@router.get("/mutes")
async def list_mutes(conversation_id: UUID, user: CurrentUser, mongo: MongoReads) -> MutesOut:
    """Who is muted in a channel now."""
    of = await service.moderated(mongo, user.account_id, conversation_id)
    rows = await repository.list_mutes(mongo, of.id)
    items = [MuteOut(account_id=row["account_id"], until=row["until"]) for row in rows]
    return MutesOut(items=items)


@router.put("/mutes/{account_id}", responses=problems(PersonNotFound, ModeratorNotMuted))
async def mute_member(
    conversation_id: UUID,
    account_id: UUID,
    body: MuteCreate,
    user: CurrentUser,
    mongo: Transactions,
) -> MuteOut:
    """Somebody writes nothing in a channel for a while."""
    return await service.mute(mongo, user.account_id, conversation_id, account_id, body)


@router.delete("/mutes/{account_id}", status_code=204)
async def unmute_member(
    conversation_id: UUID, account_id: UUID, user: CurrentUser, mongo: Transactions
) -> None:
    """Ends a mute before its time."""
    await service.unmute(mongo, user.account_id, conversation_id, account_id)


@router.post("/messages/{seq}/removal", responses=problems(MessageNotFound))
async def remove_message(
    conversation_id: UUID,
    seq: Number,
    body: Because,
    user: CurrentUser,
    changes: Annotated[Changes, Depends(get_changes)],
) -> MessageOut:
    """Removes anybody's message from a channel: a tombstone keeps its number."""
    found = await service.remove(changes, user.account_id, conversation_id, seq, body.reason)
    return MessageOut.model_validate(found)


@router.post(
    "/messages/{seq}/reports", status_code=201, responses=problems(MessageNotFound, MessageDeleted)
)
async def report_message(
    conversation_id: UUID, seq: Number, body: ReportCreate, user: CurrentUser, mongo: Transactions
) -> ReportMade:
    """Reports a message to those who moderate the channel, and to admins."""
    return await service.report(mongo, user.account_id, conversation_id, seq, body)


@router.get("/reports", responses=problems(BadCursor))
async def list_channel_reports(
    conversation_id: UUID,
    user: CurrentUser,
    mongo: MongoReads,
    page: Paging,
    state: State = None,
) -> Page[ReportOut]:
    """A channel's reports, for its moderators, the latest first."""
    of = await service.moderated(mongo, user.account_id, conversation_id)
    return await service.list_reports(mongo, state, page, conversation_id=of.id)


@router.post("/reports/{report_id}/resolution", responses=problems(ReportNotFound, ReportResolved))
async def resolve_channel_report(
    conversation_id: UUID,
    report_id: UUID,
    body: Resolution,
    user: CurrentUser,
    mongo: Transactions,
) -> ReportOut:
    """Ends a report of a channel that one moderates."""
    return await service.resolve(mongo, user.account_id, report_id, body, conversation_id)


@router.get("/moderation-log", responses=problems(BadCursor))
async def list_log(
    conversation_id: UUID, user: CurrentUser, mongo: MongoReads, page: Paging
) -> Page[LogEntry]:
    """What was done in a channel, by whom and why, for its moderators; the latest first."""
    return await service.list_log(mongo, user.account_id, conversation_id, page)


@reports.get("", responses=problems(BadCursor))
async def list_reports(
    _: Admin, mongo: MongoReads, page: Paging, state: State = None
) -> Page[ReportOut]:
    """All reports, for admins, the latest first: they see what was reported, and nothing else."""
    return await service.list_reports(mongo, state, page)


@reports.post("/{report_id}/resolution", responses=problems(ReportNotFound, ReportResolved))
async def resolve_report(
    report_id: UUID, body: Resolution, user: Admin, mongo: Transactions
) -> ReportOut:
    """Ends a report."""
    return await service.resolve(mongo, user.account_id, report_id, body, None)
