"""Queries for feeds and their notifications."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from pymongo import UpdateOne

from libs.mongo import Document, MongoSession
from libs.pagination import BadCursor, PageRequest
from notification_service.notifications.errors import NotificationNotFound
from notification_service.notifications.models import Feed, News, Notification
from notification_service.notifications.templates import load


def _notification(document: Document) -> Notification:
    return Notification(
        id=document["_id"],
        account_id=document["account_id"],
        event_id=document["event_id"],
        number=document["number"],
        template=load(document["kind"], document["about"]),
        created_at=document["created_at"],
        read_at=document["read_at"],
    )


def _document(notification: Notification) -> Document:
    return {
        "_id": notification.id,
        "account_id": notification.account_id,
        "event_id": notification.event_id,
        "number": notification.number,
        "kind": notification.template.kind,
        "about": notification.template.model_dump(mode="json"),
        "created_at": notification.created_at,
        "read_at": notification.read_at,
    }


async def find_told(session: MongoSession, news: Sequence[News]) -> set[tuple[UUID, UUID]]:
    """Which (event, account) have a notification already, as far as the news asks for them.

    Of one event only its accounts are looked for; of several, all, since with two `$in` the local
    server reads the whole collection.
    """
    wanted: Document = {"event_id": {"$in": [one.event_id for one in news]}}
    if len(news) == 1:
        [only] = news
        wanted = {"event_id": only.event_id, "account_id": {"$in": list(only.account_ids)}}
    pair = {"event_id": 1, "account_id": 1}
    found = session["notifications"].find(wanted, pair, session=session.handle)
    return {(document["event_id"], document["account_id"]) async for document in found}


async def take_numbers(
    session: MongoSession, account_ids: Sequence[UUID]
) -> dict[UUID, Iterator[int]]:
    """Counts one more unread entry for each time that an account is named, and gives the numbers.

    The caller's transaction must insert the entries: then numbers have no gaps, since two
    transactions that touch one feed cannot both commit.
    """
    counts = Counter(account_ids)
    await session["feeds"].bulk_write(
        [
            UpdateOne({"_id": one}, {"$inc": {"number": count, "unread": count}}, upsert=True)
            for one, count in counts.items()
        ],
        ordered=False,
        session=session.handle,
    )
    found = session["feeds"].find({"_id": {"$in": list(counts)}}, session=session.handle)
    lasts = {document["_id"]: document["number"] async for document in found}
    return {one: iter(range(last - counts[one] + 1, last + 1)) for one, last in lasts.items()}


async def add_all(session: MongoSession, added: Sequence[Notification]) -> None:
    """Inserts entries."""
    await session["notifications"].insert_many(
        [_document(notification) for notification in added], ordered=False, session=session.handle
    )


async def find(session: MongoSession, notification_id: UUID) -> Notification | None:
    """One entry, whosever it is: for our own jobs."""
    document = await session["notifications"].find_one(
        {"_id": notification_id}, session=session.handle
    )
    return None if document is None else _notification(document)


async def get_for(session: MongoSession, account_id: UUID, notification_id: UUID) -> Notification:
    """One of an account's own entries. Raises `NotificationNotFound`."""
    document = await session["notifications"].find_one(
        {"_id": notification_id, "account_id": account_id}, session=session.handle
    )
    if document is None:
        raise NotificationNotFound
    return _notification(document)


async def list_page(
    session: MongoSession, account_id: UUID, page: PageRequest
) -> list[Notification]:
    """An account's entries, newest first, one more than the page holds. Raises `BadCursor`."""
    wanted: Document = {"account_id": account_id}
    if page.after is not None:
        try:
            last = await get_for(session, account_id, page.after)
        except NotificationNotFound as error:
            raise BadCursor from error
        wanted["number"] = {"$lt": last.number}
    found = session["notifications"].find(wanted, session=session.handle)
    rows = found.sort([("number", -1)]).limit(page.limit + 1)
    return [_notification(document) async for document in rows]


async def find_feed(session: MongoSession, account_id: UUID) -> Feed:
    """An account's feed; an empty one if nothing was ever added."""
    document = await session["feeds"].find_one({"_id": account_id}, session=session.handle)
    return Feed() if document is None else Feed(document["number"], document["unread"])


async def mark_read(
    session: MongoSession, account_id: UUID, notification_id: UUID, now: datetime
) -> Notification:
    """Marks one of an account's own entries as read; once read it keeps its first time.

    Raises `NotificationNotFound`.
    """
    notification = await get_for(session, account_id, notification_id)
    if notification.read_at is not None:
        return notification
    await _mark(session, {"_id": notification_id, "account_id": account_id}, account_id, now)
    return await get_for(session, account_id, notification_id)  # the stored time is rounded


async def mark_all_read(session: MongoSession, account_id: UUID, now: datetime) -> int:
    """Marks all of an account's entries as read; returns how many were unread."""
    return await _mark(session, {"account_id": account_id}, account_id, now)


async def _mark(session: MongoSession, which: Document, account_id: UUID, now: datetime) -> int:
    result = await session["notifications"].update_many(
        which | {"read_at": None}, {"$set": {"read_at": now}}, session=session.handle
    )
    if result.modified_count:
        less = {"$inc": {"unread": -result.modified_count}}
        await session["feeds"].update_one({"_id": account_id}, less, session=session.handle)
    return result.modified_count
