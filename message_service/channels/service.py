"""The rules of channels: who is in them."""

from uuid import UUID

from libs import log
from libs.mongo import MongoSession
from libs.pagination import Page, PageRequest, encode
from message_service.channels import repository
from message_service.channels.repository import Roster
from message_service.channels.schemas import ChannelMember
from message_service.contacts import repository as contacts
from message_service.conversations import repository as conversations
from message_service.conversations.models import CHANNELS

MOST_MEMBERS = 1_000
"""A channel's members are one document, and each message tells all: of a larger class those who
came first are in the channel.
"""

logger = log.get(__name__)


async def follow(session: MongoSession, study_session_id: UUID, tutor_id: UUID) -> None:
    """Brings the channels of a class up to what is known of its people; `tutor_id` owns it unless
    something newer is known. Whoever is out reads what there was until then, and no more.
    """
    owners = await contacts.owners_of(session, {study_session_id})
    owner = owners.get(study_session_id, tutor_id)
    helpers = await contacts.helpers_of(session, study_session_id)
    moderators = tuple(dict.fromkeys([owner, *helpers]))
    students = await contacts.students_of(session, study_session_id)
    members = tuple(dict.fromkeys([*moderators, *students]))
    if len(members) > MOST_MEMBERS:
        logger.warning("channel_too_large", study_session_id=study_session_id, people=len(members))
    ended = bool(await contacts.ended_among(session, {study_session_id}))
    roster = Roster(study_session_id, members[:MOST_MEMBERS], moderators[:MOST_MEMBERS], ended)
    for kind in CHANNELS:
        await repository.set_roster(session, kind, roster)


async def list_members(
    session: MongoSession, account_id: UUID, conversation_id: UUID, page: PageRequest
) -> Page[ChannelMember]:
    """Who is in a conversation, in the order of ids. Raises `ConversationNotFound`."""
    of = await conversations.get_for(session, account_id, conversation_id)
    found = repository.after(of.member_ids, page.after, page.limit)
    shown = found[: page.limit]
    codes = await contacts.codes_of(session, shown)
    items = [
        ChannelMember(account_id=one, user_code=codes.get(one), moderator=one in of.moderator_ids)
        for one in shown
    ]
    return Page(items=items, next_cursor=encode(shown[-1]) if len(found) > page.limit else None)
