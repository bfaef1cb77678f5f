"""The outbox in MongoDB and its relay, over real servers; only the brokers' answers are made up."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import pytest

from libs import redis
from libs.clock import FixedClock, SystemClock
from libs.errors import Unavailable
from libs.events.notification import NotificationAdded
from libs.ids import new_id
from libs.jobs import BEGUN, RETRY_SECONDS, Job
from libs.kafka import Message
from libs.letters import Letter
from libs.mongo import Document, Mongo, MongoSession
from libs.mongo_outbox import (
    LEASE,
    MongoOutbox,
    begin_job,
    close_job,
    enqueue,
    postpone_job,
    publish,
)
from libs.relay import POLL_SECONDS, LostJobs, Relay
from notification_service.settings import Settings
from tests.conftest import SettingsFor
from tests.stack import eventually

LOST_AFTER = LostJobs().after
DELAYS = (1.0, 5.0)


class Work(Job):
    """A job."""

    type: ClassVar[str] = "test.work"


class Brokers:
    """Kafka and Celery: take everything, but for the next event of each key in `refused`."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.jobs: list[UUID] = []
        self.refused: set[str] = set()

    async def send_all(self, messages: Sequence[Message]) -> list[BaseException | None]:
        """Takes events, or not."""
        answers: list[BaseException | None] = []
        for message in messages:
            refused = message.key in self.refused
            self.refused.discard(message.key)
            answers.append(ConnectionError("refused") if refused else None)
            if not refused:
                self.events.append((message.key, message.body))
        return answers

    async def send_jobs(self, letters: Sequence[Letter]) -> None:
        """Takes jobs."""
        self.jobs.extend(letter.id for letter in letters)

    def numbers(self, key: UUID) -> list[int]:
        """The revisions of a key's events as they left."""
        parse = NotificationAdded.from_wire
        found = [parse(body) for sent, body in self.events if sent == str(key)]
        return [event.revision for event in found if event is not None]


@pytest.fixture
def clock() -> FixedClock:
    """Stands at the present: MongoDB's own clock removes what is old."""
    return FixedClock(SystemClock().now())


@pytest.fixture
async def settings(settings_for: SettingsFor) -> Settings:
    """Some Mongo service's settings."""
    return await settings_for(Settings, "notification_service")


@pytest.fixture
async def mongo(settings: Settings, clock: FixedClock) -> AsyncIterator[Mongo]:
    """A fresh database."""
    opened = Mongo(settings, clock)
    yield opened
    await opened.close()


@pytest.fixture
def brokers() -> Brokers:
    """Brokers that take everything."""
    return Brokers()


@pytest.fixture
async def make(
    settings: Settings, mongo: Mongo, brokers: Brokers
) -> AsyncIterator[Callable[..., Relay]]:
    """Makes relays over the database, as if each were a process of its own."""
    client = redis.connect(settings)

    def relay(**options: Any) -> Relay:
        outbox = MongoOutbox(mongo, client, f"outbox:{settings.mongo_database}")
        return Relay(outbox, brokers, brokers.send_jobs, **options)  # type: ignore[arg-type]

    yield relay
    await client.aclose()


def added(key: UUID, revision: int) -> NotificationAdded:
    """An event of an aggregate."""
    return NotificationAdded(account_id=key, notification_id=new_id(), revision=revision)


async def put(mongo: Mongo, *letters: NotificationAdded | Work) -> None:
    """Commits letters."""

    async def work(session: MongoSession) -> None:
        for letter in letters:
            if isinstance(letter, NotificationAdded):
                await publish(session, letter)
            else:
                await enqueue(session, letter)

    await mongo.run(work)


async def rows(mongo: Mongo, **wanted: Any) -> list[Document]:
    """What the outbox holds."""
    return [row async for row in mongo.database["outbox"].find(wanted).sort([("_id", 1)])]


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator["asyncio.Task[None]"]:
    """The relay at work."""
    task = asyncio.create_task(relay.run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_letters_leave_in_the_order_of_their_revision(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    """Whatever the order in which they were written."""
    one, other = new_id(), new_id()
    await put(mongo, added(one, 3), added(other, 1), Work(), added(one, 1), added(one, 2))
    relay = make()
    assert await relay.send_batch() == 5
    assert brokers.numbers(one) == [1, 2, 3]
    assert brokers.numbers(other) == [1]
    assert len(brokers.jobs) == 1
    assert await relay.send_batch() == 0
    assert all(row["sent_at"] and row["attempts"] == 1 for row in await rows(mongo))


async def test_many_waiting_jobs_leave_room_for_events(mongo: Mongo) -> None:
    await put(mongo, Work(), Work(), Work(), added(new_id(), 1))
    box = MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    letters = await box.batch(2)
    assert [letter.destination for letter in letters] == ["kafka", "celery", "celery"]


async def test_what_was_rolled_back_never_leaves(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    async def work(session: MongoSession) -> None:
        await publish(session, added(new_id(), 1))
        await enqueue(session, Work())
        raise KeyError

    with pytest.raises(KeyError):
        await mongo.run(work)
    assert await make().send_batch() == 0
    assert await rows(mongo) == []


async def test_after_a_refusal_the_rest_of_its_key_is_sent_again_and_no_other_waits(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    """The second event of the key got through where the first did not: it must follow it."""
    bad, good, relay = new_id(), new_id(), make()
    await put(mongo, added(bad, 1), added(bad, 2), added(good, 1))
    brokers.refused = {str(bad)}
    with pytest.raises(ConnectionError):
        await relay.send_batch()
    assert [row["key"] for row in await rows(mongo, sent_at=None)] == [str(bad)] * 2
    assert await relay.send_batch() == 2
    assert (brokers.numbers(bad), brokers.numbers(good)) == ([2, 1, 2], [1])


async def test_a_postponed_job_is_sent_when_it_is_due_and_dies_at_the_end(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    relay = make()
    await put(mongo, Work())
    await relay.send_batch()
    [job_id] = brokers.jobs
    for delay in DELAYS:
        assert await postpone_job(mongo.outside, job_id, DELAYS, "Unavailable")
        clock.move(timedelta(seconds=delay - 0.5))
        assert await relay.send_batch() == 0
        clock.move(timedelta(seconds=1))
        assert await relay.send_batch() == 1
    assert not await postpone_job(mongo.outside, job_id, DELAYS, "Unavailable")
    [row] = await rows(mongo)
    assert (row["attempts"], row["error"], row["dead_at"]) == (3, "Unavailable", row["dead_at"])
    assert row["dead_at"] is not None
    clock.move(timedelta(days=1))
    assert await relay.send_batch() == 0
    await MongoOutbox(mongo, None, "").sweep(LOST_AFTER)  # type: ignore[arg-type]
    assert await relay.send_batch() == 0


async def test_a_job_that_fails_before_it_is_marked_is_still_tried_again(
    mongo: Mongo, brokers: Brokers, clock: FixedClock
) -> None:
    """Celery may be faster than the relay's own note that the job was sent."""
    outbox = MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    await put(mongo, Work())
    [letter] = await outbox.batch(10)
    assert await postpone_job(mongo.outside, letter.id, DELAYS, "Unavailable")
    await outbox.mark([letter.id])
    assert await outbox.batch(10) == []
    clock.move(timedelta(seconds=2))
    assert [again.id for again in await outbox.batch(10)] == [letter.id]


async def test_an_event_is_due_whatever_the_clock_of_its_writer(
    settings: Settings, mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    ahead = Mongo(settings, FixedClock(mongo.clock.now() + timedelta(minutes=1)))
    key = new_id()
    await put(ahead, added(key, 1))
    await put(mongo, added(key, 2))
    await make().send_batch()
    assert brokers.numbers(key) == [1, 2]
    await ahead.close()


async def test_a_closed_job_is_done_for_good_and_a_lost_one_is_sent_again(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    relay, outbox = make(), MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    await put(mongo, Work(), Work())
    await relay.send_batch()
    done, lost = brokers.jobs
    await close_job(mongo.outside, done)
    assert not await postpone_job(mongo.outside, done, DELAYS, "TooLate")
    assert await outbox.depth() == (0, 1)
    clock.move(LOST_AFTER - timedelta(seconds=1))
    await outbox.sweep(LOST_AFTER)
    assert await relay.send_batch() == 0
    clock.move(timedelta(seconds=2))
    await outbox.sweep(LOST_AFTER)
    assert await relay.send_batch() == 1
    assert brokers.jobs == [done, lost, lost]


async def test_a_job_that_waits_in_the_queue_is_left_alone(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    relay, outbox = make(), MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    for _ in range(3):
        await put(mongo, Work())
        await relay.send_batch()
        clock.move(timedelta(seconds=1))
    lost, waiting, behind = brokers.jobs
    clock.move(LOST_AFTER)
    for oldest in (waiting, lost, new_id()):  # the second is to be sent again: there is no telling
        await outbox.sweep(LOST_AFTER, oldest)
        assert [row["_id"] for row in await rows(mongo, sent_at=None)] == [lost]
    await outbox.sweep(LOST_AFTER)
    assert [row["_id"] for row in await rows(mongo, sent_at=None)] == [lost, waiting, behind]


async def test_a_job_that_kills_its_worker_dies_after_its_tries(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    relay, outbox = make(), MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    await put(mongo, Work())
    for _ in range(len(RETRY_SECONDS) + 1):
        assert await relay.send_batch() == 1
        assert await begin_job(mongo.outside, brokers.jobs[0])
        clock.move(BEGUN)
        await outbox.sweep(LOST_AFTER)  # it has its time
        assert await relay.send_batch() == 0
        clock.move(timedelta(seconds=1))
        await outbox.sweep(LOST_AFTER)
    assert await relay.send_batch() == 0
    assert not await begin_job(mongo.outside, brokers.jobs[0])
    [row] = await rows(mongo)
    assert row["error"] == "WorkerLost"
    assert row["dead_at"] is not None


async def test_the_sweeper_forgets_what_is_long_done_only(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    relay, outbox = make(), MongoOutbox(mongo, None, "")  # type: ignore[arg-type]
    await put(mongo, added(new_id(), 1), Work(), Work())
    await relay.send_batch()
    await close_job(mongo.outside, brokers.jobs[0])
    unsent = added(new_id(), 1)
    await put(mongo, unsent)
    clock.move(timedelta(days=4))
    await outbox.sweep(timedelta(days=9))
    assert {row["_id"] for row in await rows(mongo)} == {brokers.jobs[1], unsent.event_id}


async def test_replay_sends_recent_events_again_and_no_job(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    key = new_id()
    await put(mongo, added(key, 1))
    clock.move(timedelta(hours=3))
    await put(mongo, added(key, 2), Work())
    async with running(make()):
        await eventually(lambda: _is(len(brokers.events) == 2 and len(brokers.jobs) == 1))
    async with running(make(replay_hours=2)):
        await eventually(lambda: _is(brokers.numbers(key) == [1, 2, 2]))
    assert len(brokers.jobs) == 1


async def _is(truth: bool) -> bool:
    return truth


async def _has_left(brokers: Brokers, count: int) -> bool:
    return len(brokers.events) == count


async def test_one_relay_works_and_another_takes_over(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers, clock: FixedClock
) -> None:
    key, first, second = new_id(), make(), make()
    await put(mongo, added(key, 1))
    assert await first.send_batch() == 1
    await put(mongo, added(key, 2))
    with pytest.raises(ConnectionError):  # the lease is the first one's
        await second.send_batch()
    clock.move(LEASE - timedelta(seconds=1))
    assert await first.send_batch() == 1  # which renews it
    clock.move(LEASE - timedelta(seconds=1))
    with pytest.raises(ConnectionError):
        await second.send_batch()
    clock.move(timedelta(seconds=2))  # the first one died without giving it back
    await put(mongo, added(key, 3))
    assert await second.send_batch() == 1
    with pytest.raises(ConnectionError):
        await first.send_batch()
    assert brokers.numbers(key) == [1, 2, 3]


async def test_a_relay_that_stops_gives_its_lease_back(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    """The clock stands still, so the lease cannot run out."""
    first, second = make(), make()
    async with running(first):
        await eventually(lambda: _is(first.ready))
        standby = asyncio.create_task(second.run())
        await eventually(lambda: _is(second.ready))
    await put(mongo, added(new_id(), 1))
    await eventually(lambda: _is(len(brokers.events) == 1))
    standby.cancel()
    await asyncio.gather(standby, return_exceptions=True)


async def test_two_relays_at_once_never_send_a_letter_twice(
    mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    key = new_id()
    async with running(make()), running(make()), running(make()):
        for revision in range(1, 21):
            await put(mongo, added(key, revision))
        await eventually(lambda: _is(len(brokers.events) >= 20))
        await asyncio.sleep(0.2)
    assert brokers.numbers(key) == list(range(1, 21))


async def test_a_commit_wakes_the_relay(
    settings: Settings, mongo: Mongo, make: Callable[..., Relay], brokers: Brokers
) -> None:
    """Ten letters one after the other take far less than ten polls."""
    client = redis.connect(settings)
    channel = f"outbox:{settings.mongo_database}"
    waking = Mongo(settings, mongo.clock, wake=lambda: redis.signal(client, channel))
    relay = make()
    async with running(relay):
        await eventually(lambda: _is(relay.ready))
        await put(waking, added(new_id(), 1))
        await eventually(lambda: _is(len(brokers.events) == 1))  # the signal's listener is there
        started = asyncio.get_running_loop().time()
        for number in range(2, 12):
            await put(waking, added(new_id(), 1))
            await eventually(partial(_has_left, brokers, number), every=0.005)
        took = asyncio.get_running_loop().time() - started
    assert took < 5 * POLL_SECONDS
    await waking.close()
    await client.aclose()


async def test_a_database_that_is_away_is_unavailable(
    settings: Settings, clock: FixedClock
) -> None:
    away = settings.model_copy(
        update={
            "mongo_url": type(settings.mongo_url)("mongodb://127.0.0.1:1/"),
            "mongo_timeout_ms": 200,
        }
    )
    mongo = Mongo(away, clock)

    async def work(session: MongoSession) -> None:
        await publish(session, added(new_id(), 1))

    with pytest.raises(Unavailable):
        await mongo.run(work)
    with pytest.raises(Unavailable):
        async with mongo.reads() as session:
            await session["outbox"].find_one({})
    await mongo.close()
