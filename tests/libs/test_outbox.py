"""The outbox table: what a transaction writes, and what becomes of jobs. Real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, outbox_jobs
from libs.errors import Conflict
from libs.ids import new_id
from libs.jobs import RETRY_SECONDS
from libs.outbox import PostgresOutbox
from tests.libs.parts import Changed, Parts, Work
from tests.stack import eventually

DELAYS = (10.0, 60.0)


@pytest.fixture
async def box(parts: Parts) -> AsyncIterator[PostgresOutbox]:
    """The relay's side, holding all shards."""
    made = PostgresOutbox(parts.database.url)
    await made.open(lambda: None)
    assert await made.acquire()
    yield made
    await made.close()


async def enqueue(parts: Parts, delay: timedelta = timedelta()) -> UUID:
    return await parts.database.run(lambda s: outbox.enqueue(s, Work(number=7), delay=delay))


async def ids(box: PostgresOutbox) -> list[UUID]:
    return [letter.id for letter in await box.batch(100)]


async def postpone(parts: Parts, job_id: UUID) -> bool:
    return await parts.database.run(lambda s: outbox_jobs.postpone_job(s, job_id, DELAYS, "Oops"))


async def due_now(parts: Parts, job_id: UUID) -> float:
    """Moves a job's due time to the past; returns in how many seconds it was due."""
    [(left,)] = await parts.fetch(
        "SELECT extract(epoch FROM due_at - clock_timestamp()) FROM outbox WHERE id = :id",
        id=job_id,
    )
    await parts.fetch(
        "UPDATE outbox SET due_at = now() - interval '1 second' WHERE id = :id", id=job_id
    )
    return float(left)


async def test_a_commit_publishes_and_a_rollback_does_not(
    parts: Parts, box: PostgresOutbox
) -> None:
    async def refused(session: AsyncSession) -> None:
        await outbox.publish(session, Changed(name="b", revision=1))
        await outbox.enqueue(session, Work())
        raise Conflict

    await parts.change("a")
    with pytest.raises(Conflict):
        await parts.database.run(refused)
    [letter] = await box.batch(100)
    assert (letter.destination, letter.address, letter.key) == ("kafka", "test.events", "a")
    event = Changed.from_wire(letter.body)
    assert event is not None
    assert event == Changed(name="a", revision=1, event_id=letter.id, occurred_at=event.occurred_at)


async def test_the_raw_driver_before_a_statement_survives_the_rollback(parts: Parts) -> None:
    """Trap 1 of the foundation's figures: SQLAlchemy's BEGIN is lazy, so a statement that goes past
    it at the beginning is on its own.
    """

    async def raw(session: AsyncSession, *, begun: bool, key: str) -> None:
        connection = await session.connection()
        if begun:
            await session.execute(text("SELECT 1"))
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute("INSERT INTO aggregates VALUES ($1, 1)", key)
        raise Conflict

    for begun, key in ((False, "before"), (True, "after")):
        with pytest.raises(Conflict):
            await parts.database.run(lambda s, b=begun, k=key: raw(s, begun=b, key=k))  # type: ignore[misc]
    assert await parts.fetch("SELECT key FROM aggregates") == [("before",)]


async def test_a_job_leaves_when_it_is_due(parts: Parts, box: PostgresOutbox) -> None:
    now = await enqueue(parts)
    later = await enqueue(parts, timedelta(seconds=30))
    assert await ids(box) == [now]
    assert 29 < await due_now(parts, later) <= 30
    assert await ids(box) == [now, later]
    await box.mark([now, later])
    assert await ids(box) == []


async def test_a_lost_job_is_sent_again_and_a_closed_one_is_not(
    parts: Parts, box: PostgresOutbox
) -> None:
    lost, done = await enqueue(parts), await enqueue(parts)
    await box.mark([lost, done])
    await parts.database.run(lambda s: outbox_jobs.close_job(s, done))
    await box.sweep(timedelta(minutes=2))
    assert await ids(box) == []
    assert await box.depth() == (0, 1)
    await box.sweep(timedelta())
    assert await ids(box) == [lost]
    assert await box.depth() == (1, 0)


async def test_a_job_that_waits_in_the_queue_is_left_alone(
    parts: Parts, box: PostgresOutbox
) -> None:
    lost, waiting, behind = [await enqueue(parts) for _ in range(3)]
    for job in (lost, waiting, behind):
        await box.mark([job])
    await box.sweep(timedelta(), waiting)
    assert await ids(box) == [lost]
    await box.sweep(timedelta(), lost)  # is being sent again just now: there is no telling
    assert await ids(box) == [lost]
    await box.sweep(timedelta(), new_id())
    assert await ids(box) == [lost]
    await box.sweep(timedelta())
    assert await ids(box) == [lost, waiting, behind]


async def begin(parts: Parts, job: UUID) -> bool:
    return await parts.database.run(lambda s: outbox_jobs.begin_job(s, job))


async def test_a_job_that_was_begun_has_its_time(parts: Parts, box: PostgresOutbox) -> None:
    slow, done, failed = [await enqueue(parts) for _ in range(3)]
    await box.mark([slow, done, failed])
    for job in (slow, done, failed):
        assert await begin(parts, job)
    await parts.database.run(lambda s: outbox_jobs.close_job(s, done))
    assert await postpone(parts, failed)
    await box.sweep(timedelta())
    assert await ids(box) == []
    assert not await begin(parts, done)
    await box.sweep(timedelta(), begun_after=timedelta())
    assert await ids(box) == [slow]


async def test_a_job_that_kills_its_worker_dies_after_its_tries(
    parts: Parts, box: PostgresOutbox
) -> None:
    job = await enqueue(parts)
    for _ in range(len(RETRY_SECONDS) + 1):
        assert await ids(box) == [job]
        await box.mark([job])
        assert await begin(parts, job)
        await box.sweep(timedelta(), begun_after=timedelta())
    assert await ids(box) == []
    assert not await begin(parts, job)
    [(error, dead)] = await parts.fetch("SELECT error, dead_at IS NOT NULL FROM outbox")
    assert (error, dead) == ("WorkerLost", True)


async def test_a_job_that_redis_loses_again_and_again_never_dies(
    parts: Parts, box: PostgresOutbox
) -> None:
    job = await enqueue(parts)
    for _ in range(20):
        await box.mark([job])
        await box.sweep(timedelta())
    assert await ids(box) == [job]


async def test_a_failing_job_backs_off_and_dies(parts: Parts, box: PostgresOutbox) -> None:
    job = await enqueue(parts)
    for wait in DELAYS:
        await box.mark([job])
        assert await postpone(parts, job)
        assert await ids(box) == []
        assert wait - 2 < await due_now(parts, job) <= wait
        assert await ids(box) == [job]
    await box.mark([job])
    assert not await postpone(parts, job)
    await box.sweep(timedelta())
    assert await ids(box) == []
    assert await box.depth() == (0, 0)
    [(attempts, error, dead)] = await parts.fetch(
        "SELECT attempts, error, dead_at IS NOT NULL FROM outbox"
    )
    assert (attempts, error, dead) == (3, "Oops", True)
    assert not await postpone(parts, new_id())


async def test_a_job_may_end_before_it_is_marked(parts: Parts, box: PostgresOutbox) -> None:
    failed, done = await enqueue(parts), await enqueue(parts)
    assert await ids(box) == [failed, done]
    assert await postpone(parts, failed)
    await parts.database.run(lambda s: outbox_jobs.close_job(s, done))
    assert await ids(box) == []  # a relay that dies here sends neither again
    await box.mark([failed, done])
    assert 8 < await due_now(parts, failed) <= 10
    assert await ids(box) == [failed]


async def test_a_replay_takes_events_of_the_last_hours_and_never_jobs(
    parts: Parts, box: PostgresOutbox
) -> None:
    job = await enqueue(parts)
    for key in ("old", "young", "young"):
        await parts.change(key)
    await parts.fetch("UPDATE outbox SET created_at = now() - interval '2 hours' WHERE key = 'old'")
    await box.mark([job, *await ids(box)])
    await box.replay(1)
    letters = await box.batch(100)
    assert [Changed.from_wire(letter.body).revision for letter in letters] == [1, 2]  # type: ignore[union-attr]
    assert {letter.key for letter in letters} == {"young"}


async def test_what_is_long_done_is_dropped(parts: Parts, box: PostgresOutbox) -> None:
    done, open_job = await enqueue(parts), await enqueue(parts)
    await parts.change("sent")
    await box.mark(await ids(box))
    await parts.change("waits")
    await parts.database.run(lambda s: outbox_jobs.close_job(s, done))
    await parts.fetch("UPDATE outbox SET created_at = now() - interval '4 days'")
    await box.sweep(timedelta(days=1))
    assert await parts.fetch("SELECT key FROM outbox ORDER BY seq") == [
        (str(open_job),),
        ("waits",),
    ]


async def test_many_waiting_jobs_leave_room_for_events(parts: Parts, box: PostgresOutbox) -> None:
    for _ in range(3):
        await enqueue(parts)
    await parts.change("a")
    letters = await box.batch(2)
    assert [letter.destination for letter in letters] == ["kafka", "celery", "celery"]


async def test_two_relays_never_hold_the_same_shard(parts: Parts, box: PostgresOutbox) -> None:
    other = PostgresOutbox(parts.database.url)
    await other.open(lambda: None)
    try:
        assert not await other.acquire()
        await parts.change("a")
        assert await other.batch(10) == []
        await box.close()
        assert await eventually(other.acquire)  # once the server has noticed
        assert len(await other.batch(10)) == 1
    finally:
        await other.close()
