"""The rules of the feed: one entry per event and person, numbered without gaps, counted exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.events.notification import NotificationAdded
from libs.ids import new_id
from libs.mongo import MongoSession
from libs.mongo_outbox import publish
from libs.pagination import PageRequest, cut
from notification_service.members import repository as members
from notification_service.notifications import repository
from notification_service.notifications.models import News, Notification
from notification_service.notifications.rendering import Reader, render
from notification_service.notifications.templates import Template
from notification_service.people import repository as people
from notification_service.people.models import Person


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification in words."""

    id: UUID
    number: int
    kind: str
    title: str
    body: str
    about: dict[str, str]
    created_at: datetime
    read_at: datetime | None


async def add(session: MongoSession, news: Sequence[News]) -> list[Notification]:
    """Adds an entry of each event to each feed that does not have it yet (N-A1), and tells the
    other services. Returns what was added, in order.

    The inbox keeps a repeated event away already; this holds after the inbox has forgotten it, and
    when an event reaches a person on a second way (`rules.service.catch_up`).
    """
    told = await repository.find_told(session, news)
    wanted = [(one, account_id) for one in news for account_id in sorted(set(one.account_ids))
              if (one.event_id, account_id) not in told]  # fmt: skip
    if not wanted:
        return []
    numbers = await repository.take_numbers(session, [account_id for _, account_id in wanted])
    now = session.clock.now()
    added = [
        Notification(
            new_id(), account_id, one.event_id, next(numbers[account_id]), one.template, now, None
        )
        for one, account_id in wanted
    ]
    await repository.add_all(session, added)
    traces = {one.event_id: one.traceparent for one in news}
    await publish(session, *(_event(one, traces[one.event_id]) for one in added))
    return added


def _event(added: Notification, traceparent: str) -> NotificationAdded:
    return NotificationAdded(
        account_id=added.account_id,
        notification_id=added.id,
        revision=added.number,
        traceparent=traceparent,
    )


async def list_page(
    session: MongoSession, account_id: UUID, page: PageRequest
) -> tuple[list[Shown], str | None]:
    """A page of one's own feed in words, newest first, and the cursor of the next."""
    rows, following = cut(await repository.list_page(session, account_id, page), page)
    return await _show(session, account_id, rows), following


async def read(
    session: MongoSession, account_id: UUID, notification_id: UUID, now: datetime
) -> Shown:
    """Marks one's own entry as read. Raises `NotificationNotFound`."""
    row = await repository.mark_read(session, account_id, notification_id, now)
    [shown] = await _show(session, account_id, [row])
    return shown


async def read_all(session: MongoSession, account_id: UUID, now: datetime) -> int:
    """Marks one's whole feed as read; returns how many entries are unread then."""
    await repository.mark_all_read(session, account_id, now)
    return await count_unread(session, account_id)


async def count_unread(session: MongoSession, account_id: UUID) -> int:
    """How many entries of one's feed are unread."""
    return (await repository.find_feed(session, account_id)).unread


def reader_of(person: Person | None) -> Reader:
    """How a person reads; somebody whose copy has not arrived yet reads English in UTC."""
    return Reader() if person is None else Reader(person.locale, person.zone)


async def find_classes(session: MongoSession, templates: Sequence[Template]) -> dict[UUID, str]:
    """The codes of the classes that the words of these templates need."""
    wanted = [one.unnamed_class_id for one in templates if one.unnamed_class_id is not None]
    return await members.find_codes(session, wanted)


async def _show(
    session: MongoSession, account_id: UUID, rows: Sequence[Notification]
) -> list[Shown]:
    templates = [row.template for row in rows]
    actors = {one.person_id for one in templates if one.person_id is not None}
    known = await people.find_many(session, actors | {account_id})
    names = {person.id: person.name or person.user_code for person in known.values()}
    classes = await find_classes(session, templates)
    reader = reader_of(known.get(account_id))
    shown = []
    for row in rows:
        text = render(row.template, reader, names, classes)
        about = {name: str(value) for name, value in row.template.model_dump(mode="json").items()}
        shown.append(
            Shown(
                id=row.id,
                number=row.number,
                kind=row.template.kind,
                title=text.title,
                body=text.body,
                about=about,
                created_at=row.created_at,
                read_at=row.read_at,
            )
        )
    return shown
