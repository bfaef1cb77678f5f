"""The inbox collection: an event delivered again has no second effect; see `libs.inbox`."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from pymongo.errors import BulkWriteError

from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.mongo import Mongo, MongoSession


class MongoStore:
    """A consumer's effects in MongoDB; see `libs.effects.Store`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs `work(session)` in one transaction. Raises `Unavailable` when the server is away."""
        await self._mongo.run(work)

    async def once(
        self, session: MongoSession, consumer: str, event_ids: Sequence[UUID]
    ) -> set[UUID]:
        """Records event ids as received and returns the new ones."""
        wanted = list(dict.fromkeys(event_ids))
        inbox = session["inbox"]
        found = inbox.find(
            {"consumer": consumer, "event_id": {"$in": wanted}},
            {"event_id": 1},
            session=session.handle,
        )
        known = {document["event_id"] async for document in found}
        new = [event_id for event_id in wanted if event_id not in known]
        if new:
            now = session.clock.now()
            rows = [
                {"consumer": consumer, "event_id": event_id, "received_at": now} for event_id in new
            ]
            try:
                await inbox.insert_many(rows, session=session.handle)
            except BulkWriteError as error:  # another copy of this consumer is at the same chunk
                raise Unavailable(
                    "the inbox is being written by another consumer", retry_after=1
                ) from error
            await reach("mongo.after_inbox_insert")
        return set(new)
