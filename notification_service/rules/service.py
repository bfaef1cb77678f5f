"""From an event to entries in feeds.

Events of different keys have no order between them: a task may arrive here before the approval of a
student who was in the class when it was set. So what a group is told is kept for as long as Kafka
keeps events, and whoever turns out to have belonged to the group at that time is told then.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.events.base import Event
from libs.mongo import MongoSession
from notification_service.members import repository as members
from notification_service.notifications import service as notifications
from notification_service.notifications.templates import Template
from notification_service.people import repository as people
from notification_service.push import service as push
from notification_service.rules import repository
from notification_service.rules.audiences import Group, People, StudentsOf
from notification_service.rules.table import RULES


async def apply(session: MongoSession, event: Event) -> None:
    """Tells whoever the rule of this event names. All in the caller's transaction; repeatable."""
    draft = RULES[type(event)](event)
    if isinstance(draft.audience, People):
        recipients: Sequence[UUID] = draft.audience.account_ids
    else:
        at = event.occurred_at or session.clock.now()
        broadcast = repository.Broadcast(event.event_id, draft.audience.name, draft.template, at)
        await repository.add(session, broadcast)
        recipients = await _members_of(session, draft.audience)
    await _tell(session, event.event_id, recipients, draft.template)


async def catch_up(
    session: MongoSession, group: Group, account_id: UUID, since: datetime | None
) -> None:
    """Tells a new member what the group was told since the member belonged to it."""
    missed = await repository.list_since(session, group.name, since or session.clock.now())
    for broadcast in missed:
        await _tell(session, broadcast.event_id, [account_id], broadcast.template)


async def _members_of(session: MongoSession, group: Group) -> list[UUID]:
    if isinstance(group, StudentsOf):
        return await members.list_students(session, group.study_session_id)
    return await people.list_admins(session)


async def _tell(
    session: MongoSession, event_id: UUID, recipients: Sequence[UUID], template: Template
) -> None:
    if recipients:
        added = await notifications.add(session, event_id, recipients, template)
        await push.plan(session, added)
