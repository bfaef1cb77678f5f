"""The whole way over real servers: Kafka, the background process, Celery, the push."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.consumer import Consumer
from libs.events.base import Event
from libs.events.notification import NotificationAdded
from libs.ids import new_id
from libs.kafka import Message, Producer, ensure_topics
from libs.migrate import TOPICS
from libs.mongo import Mongo, MongoSession
from libs.mongo_inbox import MongoStore
from notification_service.background import build
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from notification_service.settings import Settings
from tests.notification_service.world import Class, Provider, documents, registered
from tests.stack import eventually


@asynccontextmanager
async def background(settings: Settings) -> AsyncIterator[None]:
    """The background process's parts, in this one."""
    async with build(settings) as parts:
        work = [parts.relay.run(), *(consumer.run() for consumer in parts.consumers)]
        tasks = [asyncio.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.producer.stop()


@asynccontextmanager
async def celery(settings: Settings) -> AsyncIterator[None]:
    """A Celery worker of this service."""
    values = {
        f"NOTIFICATION_{name}".upper(): getattr(value, "get_secret_value", lambda v=value: v)()
        for name, value in settings
        if value is not None
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "celery", "-A", "notification_service.worker", "worker",
        "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
        env={**os.environ, **{name: str(value) for name, value in values.items()}},
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_an_event_becomes_an_entry_an_event_and_a_push(
    settings: Settings, mongo: Mongo, provider: Provider
) -> None:
    room, student, heard = Class.new(), new_id(), []
    settings = settings.model_copy(
        update={"celery_broker_url": type(settings.celery_broker_url)(
            settings.celery_broker_url.get_secret_value().replace("/0", "/3")
        )}
    )  # fmt: skip
    await ensure_topics(settings, TOPICS)
    device = DeviceRegister(installation_id="tablet-1", token="token-tablet", platform="web")
    await mongo.run(lambda s: devices.register(s, student, device, mongo.clock.now()))

    async def hear(_: MongoSession, event: NotificationAdded) -> None:
        heard.append((event.account_id, event.revision))

    ear = Producer(settings)
    listener = Consumer("ear", settings, MongoStore(mongo), {NotificationAdded: hear}, ear)
    listening = asyncio.create_task(listener.run())
    provider.fcm.faults.fail_next = 1  # the job is put back, and comes again after a second
    async with celery(settings), background(settings):
        events: list[Event] = [registered(student), room.joined(student)]
        for event in events:
            body = event.to_wire(mongo.clock.now())
            assert await ear.send_all([Message(event.topic, event.key, body)]) == [None]

        async def pushed() -> bool:
            return len(provider.tokens()) == 2

        await eventually(pushed, 30)

        async def closed() -> bool:
            jobs = await documents(mongo, "outbox", destination="celery")
            return len(jobs) == 2 and all(job["closed_at"] for job in jobs)

        await eventually(closed)

        async def told() -> bool:
            return sorted(heard) == [(student, 1), (student, 2)]

        await eventually(told)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await ear.stop()
    assert {row["state"] for row in await documents(mongo, "deliveries")} == {"sent"}
    assert {push["data"]["kind"] for push in provider.fcm.pushes} == {"welcome", "join_approved"}
