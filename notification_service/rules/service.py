"""From an event to entries in feeds.

Events of different keys have no order between them: a task may arrive here before the approval of a
student who was in the class when it was set. So what a group is told is kept for as long as Kafka
keeps events, and whoever turns out to have belonged to the group at that time is told then.
"""

from collections.abc import Sequence
from uuid import UUID

from libs.events.base import Event
from libs.mongo import MongoSession
from notification_service.members import repository as members
from notification_service.notifications import service as notifications
from notification_service.notifications.models import News
from notification_service.people import repository as people
from notification_service.push import service as push
from notification_service.rules import repository
from notification_service.rules.audiences import Group, People, StudentsOf
from notification_service.rules.table import RULES


async def apply(session: MongoSession, *events: Event) -> None:
    """Tells whoever the rules of these events name, in the order of the events. All in the caller's
    transaction; repeatable.
    """
    found = [(event, RULES[type(event)](event)) for event in events]
    drafts = [(event, draft) for event, draft in found if draft is not None]
    groups = {draft.audience for _, draft in drafts if not isinstance(draft.audience, People)}
    members_of = {group: tuple(await _members_of(session, group)) for group in groups}
    broadcasts, news = [], []
    for event, draft in drafts:
        if isinstance(draft.audience, People):
            recipients = draft.audience.account_ids
        else:
            at = event.occurred_at or session.clock.now()
            name = draft.audience.name
            recipients = tuple(dict.fromkeys((*members_of[draft.audience], *draft.also)))
            broadcasts.append(repository.Broadcast(event.event_id, name, draft.template, at))
        news.append(News(event.event_id, recipients, draft.template, event.traceparent))
    await repository.add_all(session, broadcasts)
    await _tell(session, news)


async def catch_up(session: MongoSession, group: Group, account_id: UUID, event: Event) -> None:
    """Tells a new member what the group was told since the event that let the member in."""
    since, trace = event.occurred_at or session.clock.now(), event.traceparent
    missed = await repository.list_since(session, group.name, since)
    await _tell(session, [News(one.event_id, (account_id,), one.template, trace) for one in missed])


async def _members_of(session: MongoSession, group: Group) -> list[UUID]:
    if isinstance(group, StudentsOf):
        return await members.list_students(session, group.study_session_id)
    return await people.list_admins(session)


async def _tell(session: MongoSession, news: Sequence[News]) -> None:
    gone = await people.find_erased(session, [one for item in news for one in item.account_ids])
    some = [one.without(gone) for one in news if set(one.account_ids) - gone]
    if some:
        added = await notifications.add(session, some)
        await push.plan(session, added, {one.event_id: one.traceparent for one in some})
