"""The rules of moderation. Each act stands in the log, by the transaction that does it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.mongo import Document, Mongo, MongoSession
from libs.pagination import Page, PageRequest, encode
from message_service.changes.errors import MessageDeleted
from message_service.changes.service import Changes, bury
from message_service.conversations import repository as conversations
from message_service.conversations.errors import NotAModerator, PersonNotFound
from message_service.conversations.models import Conversation
from message_service.messages import repository as messages
from message_service.messages.models import Message
from message_service.moderation import repository
from message_service.moderation.errors import ModeratorNotMuted, ReportResolved
from message_service.moderation.schemas import (
    Action,
    LogEntry,
    MuteCreate,
    MuteOut,
    ReportCreate,
    ReportMade,
    ReportOut,
    ReportState,
    Resolution,
)


async def moderated(session: MongoSession, account_id: UUID, conversation_id: UUID) -> Conversation:
    """A channel that this person moderates. Raises `ConversationNotFound` or `NotAModerator`."""
    of = await conversations.get_for(session, account_id, conversation_id)
    if account_id not in of.moderator_ids:
        raise NotAModerator
    return of


async def freeze(
    mongo: Mongo, account_id: UUID, conversation_id: UUID, reason: str, *, on: bool
) -> None:
    """From now on moderators alone write in a channel, or all again. A second time changes nothing.

    Raises `ConversationNotFound` or `NotAModerator`.
    """

    async def work(session: MongoSession) -> None:
        of = await moderated(session, account_id, conversation_id)
        if of.frozen != on:
            action = Action.FROZEN if on else Action.THAWED
            await repository.set_channel(session, of.id, frozen=on)
            await repository.note(session, of.id, account_id, action, reason)

    await mongo.run(work)


async def mute(
    mongo: Mongo, actor_id: UUID, conversation_id: UUID, account_id: UUID, body: MuteCreate
) -> MuteOut:
    """Somebody writes nothing in a channel for a while; a later mute takes the place of an earlier.

    Raises `ConversationNotFound`, `NotAModerator`, `PersonNotFound` or `ModeratorNotMuted`.
    """

    async def work(session: MongoSession) -> MuteOut:
        of = await moderated(session, actor_id, conversation_id)
        if account_id not in of.member_ids:
            raise PersonNotFound
        if account_id in of.moderator_ids:
            raise ModeratorNotMuted
        until = repository.now(session) + timedelta(seconds=body.seconds)
        await repository.set_channel(session, of.id)
        await repository.mute(session, of.id, account_id, until)
        about = {"account_id": account_id, "until": until}
        await repository.note(session, of.id, actor_id, Action.MUTED, body.reason, **about)
        return MuteOut(account_id=account_id, until=until)

    return await mongo.run(work)


async def unmute(mongo: Mongo, actor_id: UUID, conversation_id: UUID, account_id: UUID) -> None:
    """Ends a mute before its time; without one it changes nothing. Raises `ConversationNotFound` or
    `NotAModerator`.
    """

    async def work(session: MongoSession) -> None:
        of = await moderated(session, actor_id, conversation_id)
        if await repository.unmute(session, of.id, account_id):
            about = {"account_id": account_id}
            await repository.note(session, of.id, actor_id, Action.UNMUTED, "", **about)

    await mongo.run(work)


async def remove(
    changes: Changes, account_id: UUID, conversation_id: UUID, seq: int, reason: str
) -> Message:
    """Removes anybody's message: a tombstone stays. A second time changes nothing.

    Raises `ConversationNotFound`, `NotAModerator`, `MessageNotFound` or `TooMany`.
    """

    async def work(session: MongoSession, of: Conversation, message: Message) -> bool:
        if account_id not in of.moderator_ids:
            raise NotAModerator
        if not await bury(session, of, message, "moderator"):
            return False
        about = {"account_id": message.sender_id, "seq": seq}
        await repository.note(session, of.id, account_id, Action.REMOVED, reason, **about)
        return True

    return await changes.run(account_id, conversation_id, seq, work)


async def report(
    mongo: Mongo, account_id: UUID, conversation_id: UUID, seq: int, body: ReportCreate
) -> ReportMade:
    """Reports a message, with what it says now: to the moderators of a channel, and to admins.

    Raises `ConversationNotFound`, `MessageNotFound` or `MessageDeleted`.
    """

    async def work(session: MongoSession) -> Document:
        of = await conversations.get_for(session, account_id, conversation_id)
        message = await messages.get(session, of.id, seq)
        if message.deleted_at is not None:
            raise MessageDeleted
        return await repository.add_report(session, account_id, message, body)

    row = await mongo.run(work)
    return ReportMade(id=row["_id"], state=row["state"], reported_at=row["reported_at"])


async def resolve(
    mongo: Mongo, account_id: UUID, report_id: UUID, body: Resolution, channel: UUID | None
) -> ReportOut:
    """Ends a report: of a channel by one who moderates it, any other (`channel` is None) by an
    admin, which the caller has checked.

    Raises `ConversationNotFound`, `NotAModerator`, `ReportNotFound` or `ReportResolved`.
    """

    async def work(session: MongoSession) -> Document:
        where = {}
        if channel is not None:
            where["conversation_id"] = (await moderated(session, account_id, channel)).id
        found = await repository.get_report(session, report_id, **where)
        if found["state"] != ReportState.OPEN:
            raise ReportResolved
        state = ReportState.UPHELD if body.upheld else ReportState.DISMISSED
        await repository.resolve(session, report_id, account_id, state)
        about = {"account_id": found["author_id"], "seq": found["seq"]}
        of, action = found["conversation_id"], Action.RESOLVED
        await repository.note(session, of, account_id, action, body.reason, **about)
        return await repository.get_report(session, report_id)

    return shown_report(await mongo.run(work))


async def list_log(
    session: MongoSession, account_id: UUID, conversation_id: UUID, page: PageRequest
) -> Page[LogEntry]:
    """A channel's log, the latest first. Raises `ConversationNotFound` or `NotAModerator`."""
    of = await moderated(session, account_id, conversation_id)
    wanted = {"conversation_id": of.id}
    rows = await repository.list_page(session, "moderation_log", wanted, page.after, page.limit)
    items = [LogEntry(**_fields(row, LogEntry)) for row in rows[: page.limit]]
    return Page(items=items, next_cursor=_cursor(rows, page))


async def list_reports(
    session: MongoSession, state: ReportState | None, page: PageRequest, **where: Any
) -> Page[ReportOut]:
    """Reports, the latest first."""
    wanted = where | ({"state": state.value} if state else {})
    rows = await repository.list_page(session, "reports", wanted, page.after, page.limit)
    items = [shown_report(row) for row in rows[: page.limit]]
    return Page(items=items, next_cursor=_cursor(rows, page))


def shown_report(row: Document) -> ReportOut:
    """A report as moderators and admins see it."""
    return ReportOut(**_fields(row, ReportOut))


def _fields(row: Document, schema: type[LogEntry] | type[ReportOut]) -> Document:
    return {"id": row["_id"]} | {name: row[name] for name in schema.model_fields if name != "id"}


def _cursor(rows: list[Document], page: PageRequest) -> str | None:
    return encode(rows[page.limit - 1]["_id"]) if len(rows) > page.limit else None
