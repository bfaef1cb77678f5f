"""The outbox collection: what a transaction writes for the brokers, and how the relay reads it; see
`libs.outbox`.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pymongo.errors import PyMongoError
from redis.asyncio import Redis

from libs import redis as signals
from libs import tracing
from libs.crashpoint import reach
from libs.events.base import Event
from libs.ids import new_id
from libs.jobs import BEGUN, RETRY_SECONDS, WORKER_LOST, Job
from libs.letters import CELERY, KAFKA, Letter
from libs.mongo import Document, Mongo, MongoSession

LEASE = timedelta(seconds=10)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""When events are due: not by the writer's clock, which would break the order per key."""


async def publish(session: MongoSession, *events: Event) -> None:
    """Writes events for Kafka beside the data, in the caller's transaction.

    Order per key is the order of `revision`, so every event of a Mongo service must carry the
    aggregate's version. An event's own `traceparent` goes before that of what runs now: in a group
    commit each event belongs to another request.
    """
    now, current = session.clock.now(), tracing.current_traceparent()
    documents = []
    for event in events:
        trace = event.traceparent or current
        body = event.to_wire(now, trace)
        letter = Letter(event.event_id, KAFKA, event.topic, event.key, body, trace)
        documents.append(_document(letter, now, event.revision))
    await _post(session, documents)


async def enqueue(session: MongoSession, *jobs: Job) -> list[UUID]:
    """Writes jobs for Celery beside the data, in the caller's transaction. Returns their ids."""
    return await enqueue_all(session, [(job, "") for job in jobs])


async def enqueue_all(session: MongoSession, jobs: Sequence[tuple[Job, str]]) -> list[UUID]:
    """Writes jobs as `enqueue` does, each with the traceparent of what it belongs to, if any."""
    now, current = session.clock.now(), tracing.current_traceparent()
    documents = []
    for job, own in jobs:
        trace = own or current
        job_id = new_id()
        body = job.model_dump_json()
        letter = Letter(job_id, CELERY, job.type, str(job_id), body, trace)
        documents.append(_document(letter, now))
    await _post(session, documents)
    return [document["_id"] for document in documents]


async def _post(session: MongoSession, documents: list[Document]) -> None:
    if not documents:
        return
    await session["outbox"].insert_many(documents, session=session.handle)
    await reach("mongo.after_outbox_insert")
    if session.handle is not None:
        session.letters.extend(document["_id"] for document in documents)


def _document(letter: Letter, now: datetime, revision: int = 0) -> Document:
    return {
        "_id": letter.id,
        "destination": letter.destination,
        "address": letter.address,
        "key": letter.key,
        "revision": revision,
        "body": letter.body,
        "traceparent": letter.traceparent,
        "attempts": 0,
        "created_at": now,
        "due_at": ALWAYS if letter.destination == KAFKA else now,
        "sent_at": None,
        "begun_at": None,
        "closed_at": None,
        "dead_at": None,
        "error": None,
    }


class MongoOutbox:
    """The relay's side of the outbox collection; see `libs.relay.Outbox`.

    One relay works at a time: it holds a lease document and renews it. A Redis signal wakes it, and
    it polls besides.
    """

    def __init__(self, mongo: Mongo, redis: "Redis", channel: str) -> None:
        self._mongo = mongo
        self._redis = redis
        self._channel = channel
        self._me = str(new_id())
        self._listener: asyncio.Task[None] | None = None

    async def open(self, wake: Callable[[], None]) -> None:
        """Begins to listen for the signal; `wake()` is called for each."""

        async def follow() -> None:
            async for _ in signals.listen(self._redis, self._channel, on_ready=wake):
                wake()

        self._listener = asyncio.create_task(follow())

    async def close(self) -> None:
        """Stops listening and gives the lease back."""
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None
        try:
            await self._mongo.database["leases"].delete_one({"_id": "relay", "holder": self._me})
        except PyMongoError:
            return  # the lease runs out by itself

    async def acquire(self) -> bool:
        """Takes or renews the lease."""
        now = self._mongo.clock.now()
        leases = self._mongo.database["leases"]
        mine = {"$set": {"holder": self._me, "until": now + LEASE}}
        taken = await leases.update_one(
            {"_id": "relay", "$or": [{"holder": self._me}, {"until": {"$lt": now}}]}, mine
        )
        if taken.matched_count:
            return True
        made = await leases.update_one(
            {"_id": "relay"}, {"$setOnInsert": mine["$set"]}, upsert=True
        )
        return made.upserted_id is not None

    async def batch(self, limit: int) -> Sequence[Letter]:
        """Up to `limit` events, in the order of their revision within a key, and as many jobs that
        are due: neither can take all the room while its broker is away.
        """
        if not await self.acquire():
            raise ConnectionError("another relay holds the lease")
        events = await self._find({"destination": KAFKA}, [("key", 1), ("revision", 1)], limit)
        due = {"$lte": self._mongo.clock.now()}
        jobs = {"destination": CELERY, "closed_at": None, "due_at": due}
        return events + await self._find(jobs, [("due_at", 1)], limit)

    async def _find(
        self, wanted: Document, order: list[tuple[str, int]], limit: int
    ) -> list[Letter]:
        waiting = wanted | {"sent_at": None, "dead_at": None}
        found = self._mongo.database["outbox"].find(waiting).sort(order).limit(limit)
        fields = ("_id", "destination", "address", "key", "body", "traceparent")
        return [Letter(*(document[field] for field in fields)) async for document in found]

    async def mark(self, ids: Sequence[UUID]) -> None:
        """Marks letters as sent; not a job that has failed and was postponed in this short time."""
        now = self._mongo.clock.now()
        change = {"$set": {"sent_at": now}, "$inc": {"attempts": 1}}
        letters = {"_id": {"$in": list(ids)}, "due_at": {"$lte": now}}
        await self._mongo.database["outbox"].update_many(letters, change)

    async def depth(self) -> tuple[int, int]:
        """How many letters wait, and how many jobs were sent but are still open."""
        outbox = self._mongo.database["outbox"]
        waiting = await outbox.count_documents({"sent_at": None, "dead_at": None})
        return waiting, await outbox.count_documents(
            {"destination": CELERY, "closed_at": None, "sent_at": {"$ne": None}}
        )

    async def sweep(
        self, lost_after: timedelta, oldest: UUID | None = None, begun_after: timedelta = BEGUN
    ) -> None:
        """Sends jobs again that were begun by a worker that has died, or that nobody began in time,
        and drops what is long done. `oldest` is the job that has waited longest in the queue.
        """
        outbox, now = self._mongo.database["outbox"], self._mongo.clock.now()
        is_open = {"destination": CELERY, "closed_at": None, "dead_at": None}
        begun = {
            "sent_at": {"$ne": None},
            "begun_at": {"$lt": now - begun_after},
        }
        killer = is_open | begun | {"attempts": {"$gt": len(RETRY_SECONDS)}}
        await outbox.update_many(killer, {"$set": {"dead_at": now, "error": WORKER_LOST}})
        again: Document = {"sent_at": None, "begun_at": None}
        await outbox.update_many(is_open | begun, {"$set": again | {"error": WORKER_LOST}})
        before = await self._out_of_queue(now - lost_after, oldest)
        await outbox.update_many(
            is_open | {"begun_at": None, "sent_at": {"$lt": before}}, {"$set": again}
        )
        old = {"created_at": {"$lt": now - timedelta(days=3)}, "dead_at": None}
        await outbox.delete_many(old | {"destination": KAFKA, "sent_at": {"$ne": None}})
        await outbox.delete_many(old | {"destination": CELERY, "closed_at": {"$ne": None}})

    async def _out_of_queue(self, before: datetime, oldest: UUID | None) -> datetime:
        """What was sent before this moment has been taken out of the queue, or lost with it."""
        if oldest is None:
            return before
        waiting = await self._mongo.database["outbox"].find_one({"_id": oldest})
        sent_at: datetime | None = waiting["sent_at"] if waiting else None
        return min(before, sent_at) if sent_at else ALWAYS

    async def replay(self, hours: int) -> None:
        """Marks the events (never the jobs) of the last hours as unsent: for a broker that lost its
        memory.
        """
        await replay_events(self._mongo, hours)


async def replay_events(mongo: Mongo, hours: int) -> None:
    """Marks the events of the last hours as unsent."""
    recent = {
        "destination": KAFKA,
        "created_at": {"$gt": mongo.clock.now() - timedelta(hours=hours)},
    }
    await mongo.database["outbox"].update_many(recent, {"$set": {"sent_at": None}})


async def begin_job(session: MongoSession, job_id: UUID) -> bool:
    """Notes that a worker begins with a job. Returns whether there is still anything to do."""
    is_open = {"_id": job_id, "closed_at": None, "dead_at": None}
    begun = {"$set": {"begun_at": session.clock.now()}}
    found = await session["outbox"].update_one(is_open, begun, session=session.handle)
    return bool(found.matched_count)


async def close_job(session: MongoSession, job_id: UUID) -> None:
    """Closes a job's letter: it is done and will not be sent again."""
    done = {"$set": {"closed_at": session.clock.now()}}
    await session["outbox"].update_one({"_id": job_id}, done, session=session.handle)


async def postpone_job(
    session: MongoSession, job_id: UUID, delays: Sequence[float], error: str
) -> bool:
    """Puts a failed job back, due after the delay (seconds) of its number of tries; after the last
    one it is dead.

    Returns whether it will be tried again. `error` is the failure's name, never its text.
    """
    outbox, now = session["outbox"], session.clock.now()
    letter = await outbox.find_one({"_id": job_id, "closed_at": None}, session=session.handle)
    if letter is None:
        return False
    # A job that fails before the relay has marked it as sent has been tried all the same.
    tries = int(letter["attempts"]) + (letter["sent_at"] is None)
    if tries > len(delays):
        change: Document = {"dead_at": now, "error": error}
    else:
        due = now + timedelta(seconds=delays[tries - 1])
        change = {"sent_at": None, "begun_at": None, "due_at": due}
        change |= {"error": error, "attempts": tries}
    await outbox.update_one({"_id": job_id}, {"$set": change}, session=session.handle)
    return "dead_at" not in change
