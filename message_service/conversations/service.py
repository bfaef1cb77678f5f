"""The rules of conversations: who may open one, and what its members see of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.mongo import MongoSession
from libs.pagination import Page, PageRequest, encode
from message_service.contacts import repository as contacts
from message_service.conversations import repository
from message_service.conversations.errors import PersonNotFound
from message_service.conversations.models import Conversation, Unread
from message_service.conversations.schemas import (
    ConversationOpen,
    ConversationOut,
    Kind,
    Member,
    ReadFrame,
    ReceiptOut,
    ReceiptsOut,
)
from message_service.preferences import repository as preferences


async def open_with(
    session: MongoSession, account_id: UUID, body: ConversationOpen, now: datetime
) -> ConversationOut:
    """The conversation with the named person, if the two share a class. Raises `PersonNotFound`."""
    peer = body.account_id or await contacts.find_id(session, body.user_code or "")
    if peer is None or not await contacts.may_talk(session, account_id, peer):
        raise PersonNotFound
    conversation = await repository.open_pair(session, account_id, peer, now)
    return (await _show(session, account_id, [conversation]))[0]


async def get(session: MongoSession, account_id: UUID, conversation_id: UUID) -> ConversationOut:
    """One conversation. Raises `ConversationNotFound`."""
    conversation = await repository.get_for(session, account_id, conversation_id)
    return (await _show(session, account_id, [conversation]))[0]


async def list_page(
    session: MongoSession, account_id: UUID, page: PageRequest
) -> Page[ConversationOut]:
    """The caller's conversations, the latest activity first."""
    found = await repository.list_page(session, account_id, page.after, page.limit)
    shown = found[: page.limit]
    cursor = encode(shown[-1].touched) if len(found) > page.limit else None
    return Page(items=await _show(session, account_id, shown), next_cursor=cursor)


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A raised read mark, and who is to see it."""

    member_ids: tuple[UUID, ...]
    frame: ReadFrame


async def mark_read(
    session: MongoSession, account_id: UUID, conversation_id: UUID, seq: int
) -> ReadMark:
    """Raises the caller's read mark, to the last message at most.

    Raises `ConversationNotFound`.
    """
    found = await repository.get_for(session, account_id, conversation_id)
    upper = min(seq, found.seq)
    mark = await repository.raise_read_mark(session, account_id, found.id, upper)
    frame = ReadFrame(conversation_id=found.id, account_id=account_id, read_up_to=mark)
    return ReadMark((account_id, *await _watchers(session, account_id, found)), frame)


async def receipts(session: MongoSession, account_id: UUID, conversation_id: UUID) -> ReceiptsOut:
    """How far the others have read. Raises `ConversationNotFound`."""
    found = await repository.get_for(session, account_id, conversation_id)
    shown = await _watchers(session, account_id, found)
    marks = await repository.marks_in(session, found)
    return ReceiptsOut(
        items=[ReceiptOut(account_id=one, read_up_to=marks.get(one, 0)) for one in shown]
    )


async def _watchers(
    session: MongoSession, account_id: UUID, conversation: Conversation
) -> list[UUID]:
    """The other one of two, if both let receipts be seen: both ways; in channels nobody."""
    if conversation.kind is not Kind.DIRECT:
        return []
    hidden = await preferences.hiding_receipts(session, conversation.member_ids)
    if account_id in hidden:
        return []
    return [one for one in conversation.member_ids if one != account_id and one not in hidden]


async def _show(
    session: MongoSession, account_id: UUID, conversations: Sequence[Conversation]
) -> list[ConversationOut]:
    direct = [found for found in conversations if found.kind is Kind.DIRECT]
    people = {member for found in direct for member in found.member_ids}
    codes = await contacts.codes_of(session, list(people))
    marks = await repository.read_marks(session, account_id, [found.id for found in conversations])
    unread = await repository.count_unread(session, account_id, conversations, marks)
    closed = await repository.closed_among(session, conversations)
    return [
        ConversationOut(
            id=found.id,
            kind=found.kind,
            study_session_id=found.study_session_id,
            members=_members(found, codes),
            member_count=len(found.member_ids),
            moderator=account_id in found.moderator_ids,
            frozen=found.frozen,
            last_seq=found.seq,
            read_up_to=marks.get(found.id, 0),
            unread=unread.get(found.id, Unread()).messages,
            mentions=unread.get(found.id, Unread()).mentions,
            version=found.version,
            open=found.id not in closed,
            created_at=found.created_at,
        )
        for found in conversations
    ]


def _members(conversation: Conversation, codes: Mapping[UUID, str]) -> list[Member]:
    if conversation.kind is not Kind.DIRECT:
        return []
    return [Member(account_id=one, user_code=codes.get(one)) for one in conversation.member_ids]
