"""Queries for deliveries: one document per notification and device."""

from datetime import datetime

from libs.mongo import Document, MongoSession
from notification_service.push.models import Delivery, Key, State


def _own(key: Key) -> Document:
    return {"_id": f"{key.notification_id}/{key.device_id}"}


async def find(session: MongoSession, key: Key) -> Delivery | None:
    """How a delivery stands."""
    document = await session["deliveries"].find_one(_own(key), session=session.handle)
    if document is None:
        return None
    return Delivery(State(document["state"]), document["unanswered"])


async def begin(session: MongoSession, key: Key, now: datetime) -> None:
    """Writes down, before it is done, that the push is handed over once more."""
    change = {"$set": {"state": State.SENDING, "at": now}, "$inc": {"tries": 1, "unanswered": 1}}
    await session["deliveries"].update_one(_own(key), change, upsert=True, session=session.handle)


async def end(
    session: MongoSession, key: Key, state: State, now: datetime, answer: str = ""
) -> None:
    """Writes down an answer; `answer` is the provider's id of the message, or a failure's name."""
    change = {
        "$set": {"state": state, "at": now, "answer": answer, "unanswered": 0},
        "$setOnInsert": {"tries": 0},
    }
    await session["deliveries"].update_one(_own(key), change, upsert=True, session=session.handle)
