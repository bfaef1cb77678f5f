"""Queries for broadcasts: what was told to a whole group in the last days."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.mongo import MongoSession
from notification_service.notifications.templates import Template, load


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One event for a group. `at` is when it happened, by the producing service's clock."""

    event_id: UUID
    audience: str
    template: Template
    at: datetime


async def add(session: MongoSession, broadcast: Broadcast) -> None:
    """Notes a broadcast; what is there already stays."""
    document = {
        "audience": broadcast.audience,
        "kind": broadcast.template.kind,
        "about": broadcast.template.model_dump(mode="json"),
        "at": broadcast.at,
    }
    await session["broadcasts"].update_one(
        {"_id": broadcast.event_id}, {"$setOnInsert": document}, upsert=True, session=session.handle
    )


async def list_since(session: MongoSession, audience: str, since: datetime) -> list[Broadcast]:
    """What a group was told since an instant, oldest first."""
    found = session["broadcasts"].find(
        {"audience": audience, "at": {"$gte": since}}, session=session.handle
    )
    return [
        Broadcast(row["_id"], row["audience"], load(row["kind"], row["about"]), row["at"])
        async for row in found.sort([("at", 1)])
    ]
