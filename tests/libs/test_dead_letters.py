"""X8: dead letters are listed, inspected and sent again, by the command that operators call."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import mongo_outbox, outbox, outbox_jobs
from libs.clock import SystemClock
from libs.consumer import Consumer
from libs.inbox import PostgresStore
from libs.job_sender import JobSender
from libs.kafka import Message
from libs.mongo import Mongo, MongoSession
from libs.mongo_outbox import MongoOutbox
from notification_service.settings import Settings as NotificationSettings
from tests.conftest import SettingsFor
from tests.libs.parts import TOPIC, Changed, Parts, Work, at_work
from tests.libs.test_background import environment
from tests.libs.test_celery import closed, queue_of_its_own, worker
from tests.stack import eventually

REASON = "the handler of Asha Rao"
"""A failure's text that names a person."""


class Shop:
    """A handler that fails until it is mended, in two consumers that share nothing."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.mended = False
        self.seen: list[tuple[str, int]] = []

    def consumer(self, name: str) -> Consumer:
        """A consumer of that name; `other` never fails."""

        async def react(session: AsyncSession, event: Changed) -> None:
            self.seen.append((name, event.revision))
            if name == "tests" and not self.mended:
                raise RuntimeError(REASON)
            await session.execute(
                text("INSERT INTO effects (key, revision, trace) VALUES (:key, :revision, '')"),
                {"key": name, "revision": event.revision},
            )

        store = PostgresStore(self.parts.database)
        return Consumer(name, self.parts.settings, store, {Changed: react}, self.parts.producer)


async def replay(variables: dict[str, str], *words: str, status: int = 0) -> list[str]:
    """Runs the command; returns the lines that it prints."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "libs.replay", *words],
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == status, output
    return output.decode().splitlines()


async def buried(parts: Parts, count: int) -> bool:
    return len(await parts.topic(f"{TOPIC}.dead")) == count


async def effects(parts: Parts, wanted: Sequence[tuple[str, int]]) -> bool:
    return sorted(await parts.effects()) == sorted(wanted)


async def test_x8_an_event_is_buried_listed_and_after_the_mending_applied_once(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.effects.RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))
    shop, variables = Shop(parts), environment(parts.settings, "SESSION_")
    first, second = Changed(name="a", revision=1), Changed(name="b", revision=2)
    async with at_work(shop.consumer("tests"), shop.consumer("other")):
        await parts.send(first, second)
        await parts.producer.send_all([Message(TOPIC, "c", "Asha Rao")])
        await eventually(lambda: buried(parts, 4), seconds=30)  # the last one by both
        lines = await replay(variables)
        assert lines[0].split() == ["id", "owner", "address", "type", "key", "reason", "time"]
        listed = [line.split() for line in lines[1:]]
        assert [str(first.event_id), "tests", TOPIC, first.type, "a", "RuntimeError"] in [
            words[:6] for words in listed
        ]
        assert sorted(words[1] for words in listed) == ["other", "tests", "tests", "tests"]
        assert "Asha" not in "".join(lines)
        shown = "\n".join(await replay(variables, "--show", str(first.event_id)))
        assert f"reason: RuntimeError: {REASON}" in shown
        assert '"revision":1' in shown

        shop.mended = True
        seen = len(shop.seen)
        assert await replay(variables, "--id", str(first.event_id)) == ["Sent again: 1 of 1."]
        done = [("other", 1), ("other", 2), ("tests", 1)]
        await eventually(lambda: effects(parts, done), seconds=30)
        assert len(await replay(variables)) == 4  # the heading, the second one, the malformed one
        words = ["--id", str(first.event_id)]
        assert await replay(variables, *words, status=1) == ["No dead letter is of that name."]
        assert await replay(variables, "--topic", TOPIC) == ["Sent again: 3 of 3."]
        await eventually(lambda: effects(parts, [*done, ("tests", 2)]), seconds=30)
        await eventually(lambda: buried(parts, 10), seconds=30)  # 4, 4 markers, 2 malformed ones
    assert shop.seen[seen:] == [("tests", 1), ("tests", 2)]
    assert len(await replay(variables)) == 3


async def test_x8_what_is_sent_again_twice_is_applied_once(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the event and its marker; and a consumer that took it drops it."""
    monkeypatch.setattr("libs.effects.RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))
    shop, variables = Shop(parts), environment(parts.settings, "SESSION_")
    event = Changed(name="a", revision=1)
    async with at_work(shop.consumer("tests"), shop.consumer("other")):
        await parts.send(event)
        await eventually(lambda: buried(parts, 1), seconds=30)
        shop.mended = True
        await parts.send(event)  # for everybody, as if no consumer were named
        assert await replay(variables, "--all") == ["Sent again: 1 of 1."]
        await parts.send(Changed(name="a", revision=2))
        wanted = [("other", 1), ("other", 2), ("tests", 1), ("tests", 2)]
        await eventually(lambda: effects(parts, wanted), seconds=30)
    assert shop.seen.count(("other", 1)) == 1
    assert await replay(variables) == ["There are no dead letters."]
    assert await replay(variables, "--all") == ["Sent again: 0 of 0."]


async def die(parts: Parts, number: int) -> str:
    """A job that has failed for good; returns its id."""
    job = await parts.database.run(lambda s: outbox.enqueue(s, Work(number=number)))
    await parts.database.run(lambda s: outbox_jobs.postpone_job(s, job, (), "Oops"))
    return str(job)


async def test_x8_a_dead_job_is_revived_and_runs(parts: Parts, tmp_path: Path) -> None:
    parts = queue_of_its_own(parts)
    dead, other = await die(parts, 2), await die(parts, 4)
    variables = environment(parts.settings, "SESSION_")
    lines = [line.split() for line in await replay(variables)]
    wanted = [[job, "session_service", Work.type, Work.type, job, "Oops"] for job in (dead, other)]
    assert [line[:6] for line in lines[1:]] == wanted
    assert await replay(variables, "--id", dead) == ["Sent again: 1 of 1."]
    [left] = (await replay(variables))[1:]
    assert left.startswith(other)
    sender = JobSender(parts.settings.celery_broker_url.get_secret_value())
    with worker(parts, tmp_path / "log"):
        async with at_work(parts.relay(sender.send)):
            await eventually(lambda: closed(parts, 1), seconds=30)
    rows = await parts.fetch("SELECT revision FROM effects WHERE key = 'worked'")
    assert rows == [(2,)]
    assert await parts.fetch("SELECT attempts FROM outbox WHERE id = :id", id=dead) == [(1,)]


async def test_x8_dead_jobs_among_documents_are_revived(settings_for: SettingsFor) -> None:
    settings = await settings_for(NotificationSettings, "notification_service")
    store = Mongo(settings, SystemClock())
    variables = environment(settings, "NOTIFICATION_")

    async def post(session: MongoSession) -> None:
        await mongo_outbox.enqueue(session, Work())
        await mongo_outbox.enqueue(session, Work())

    await store.run(post)
    jobs = [row["_id"] async for row in store.database["outbox"].find().sort([("_id", 1)])]
    for job in jobs:
        assert not await mongo_outbox.postpone_job(store.outside, job, (), "Oops")
    lines = [line.split() for line in await replay(variables)]
    assert [line[:2] for line in lines[1:]] == [[str(job), "notification_service"] for job in jobs]
    assert await replay(variables, "--topic", Work.type) == ["Sent again: 2 of 2."]
    box = MongoOutbox(store, None, "")  # type: ignore[arg-type]  # nobody listens here
    assert {letter.id for letter in await box.batch(10)} == set(jobs)
    await box.mark(jobs)
    # All tries anew: the next failure is the first one again.
    assert await mongo_outbox.postpone_job(
        store.outside, jobs[0], (timedelta(0).total_seconds(),), "No"
    )
    assert await replay(variables) == ["There are no dead letters."]
    await store.close()


async def test_a_broker_that_is_away_is_said_in_a_sentence() -> None:
    variables = {"USER_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    assert await replay(variables, status=1) == []
