"""Queries for broadcasts: what was told to a whole group in the last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pymongo import UpdateOne

from libs.mongo import MongoSession
from notification_service.notifications.templates import Template, load


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One event for a group. `at` is when it happened, by the producing service's clock."""

    event_id: UUID
    audience: str
    template: Template
    at: datetime


async def add_all(session: MongoSession, broadcasts: Sequence[Broadcast]) -> None:
    """Notes broadcasts; what is there already stays."""
    if broadcasts:
        await session["broadcasts"].bulk_write(
            [_note(one) for one in broadcasts], ordered=False, session=session.handle
        )


def _note(broadcast: Broadcast) -> UpdateOne:
    document = {
        "audience": broadcast.audience,
        "kind": broadcast.template.kind,
        "about": broadcast.template.model_dump(mode="json"),
        "at": broadcast.at,
    }
    return UpdateOne({"_id": broadcast.event_id}, {"$setOnInsert": document}, upsert=True)


async def list_since(session: MongoSession, audience: str, since: datetime) -> list[Broadcast]:
    """What a group was told since an instant, oldest first."""
    found = session["broadcasts"].find(
        {"audience": audience, "at": {"$gte": since}}, session=session.handle
    )
    return [
        Broadcast(row["_id"], row["audience"], load(row["kind"], row["about"]), row["at"])
        async for row in found.sort([("at", 1)])
    ]
