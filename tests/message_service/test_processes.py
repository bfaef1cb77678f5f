"""The two processes: events over the broker into the copies and the sockets, and the drain."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from deploy.local import ports
from libs import kafka
from libs.events.notification import NotificationAdded
from libs.events.session import MembershipApproved
from libs.events.user import AccountRegistered
from libs.ids import new_id
from libs.kafka import Message, Producer
from libs.migrate import TOPICS
from message_service import background
from message_service.settings import Settings
from tests.conftest import SettingsFor
from tests.message_service.world import Client, World
from tests.sockets import dial
from tests.stack import Stack, User, eventually


@asynccontextmanager
async def behind(settings: Settings) -> AsyncIterator[Producer]:
    """The background process's parts, at work; yields another service's producer."""
    await kafka.ensure_topics(settings, TOPICS)
    producer = Producer(settings)
    async with background.build(settings) as parts:
        work = [parts.relay.run(), *(consumer.run() for consumer in parts.consumers)]
        tasks = [asyncio.create_task(coroutine) for coroutine in work]

        async def ready() -> bool:
            return parts.relay.ready and all(consumer.ready for consumer in parts.consumers)

        await eventually(ready, 20)
        yield producer
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.producer.stop()
    await producer.stop()


async def test_events_become_rights_hints_and_events(world: World) -> None:
    """A class lets two people talk, a notification reaches a socket, a message becomes an event."""
    tutor, student = world.stack.as_user("tutor"), world.stack.as_user("student")
    now = world.parts.clock.now()
    approved = MembershipApproved(
        study_session_id=new_id(), session_code="S", membership_id=new_id(), student_id=student.id,
        tutor_id=tutor.id, revision=1,
    )  # fmt: skip
    added = NotificationAdded(account_id=student.id, notification_id=new_id(), revision=1)
    events = [_registered(tutor), _registered(student), approved, approved, added]
    async with behind(world.parts.settings) as producer, await world.live(student) as socket:
        sent = [Message(event.topic, event.key, event.to_wire(now)) for event in events]
        assert await producer.send_all(sent) == [None] * len(events)
        shown = await socket.await_type("notification")
        assert shown["notification_id"] == str(added.notification_id)

        async def opened() -> httpx.Response | None:
            answer = await world.http.post(
                "/v1/conversations", json={"user_code": student.code}, headers=tutor.headers
            )
            return answer if answer.status_code == 200 else None

        conversation = (await eventually(opened)).json()["id"]
        path = f"/v1/conversations/{conversation}/messages"
        body = {"client_msg_id": str(new_id()), "body": "Hello"}
        ack = (await world.http.post(path, json=body, headers=tutor.headers)).json()
        assert (await socket.await_type("message"))["id"] == ack["message_id"]
        event = await _first(world.parts.settings, "message.events")
    assert event["type"] == "studyzed.message.sent"
    assert event["data"]["recipient_ids"] == [str(student.id)]
    assert await world.count("entitlements") == 1


def _registered(user: User) -> AccountRegistered:
    return AccountRegistered(
        account_id=user.id, user_code=user.code, role=user.principal.role.value, name="N",
        email="n@example.org", locale="en", zone="UTC", revision=1,
    )  # fmt: skip


async def _first(settings: Settings, topic: str) -> dict[str, Any]:
    consumer = AIOKafkaConsumer(
        settings.kafka_topic_prefix + topic,
        bootstrap_servers=settings.kafka_bootstrap,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        async with asyncio.timeout(10):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    found: dict[str, Any] = json.loads(record.value)
    return found


async def test_a_copy_never_goes_back(world: World) -> None:
    """A replay breaks the order: an older event changes nothing."""
    from message_service.contacts.handlers import on_accounts_registered

    user = world.stack.as_user()
    newer = _registered(user).model_copy(update={"revision": 5, "user_code": "NEWER-1"})
    for event in (newer, _registered(user)):
        await world.parts.mongo.run(partial(on_accounts_registered, events=[event]))
    [person] = await world.parts.mongo.database["people"].find().to_list(None)
    assert (person["user_code"], person["revision"]) == ("NEWER-1", 5)
    assert set(person) == {"_id", "user_code", "revision"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_x10_a_real_process_drains_its_sockets(
    stack: Stack, settings_for: SettingsFor, number: signal.Signals
) -> None:
    """Every socket gets 4012 (not uvicorn's 1012), and the process ends soon and in order."""
    settings = await settings_for(Settings, "message_service")
    [port] = ports.choose(1)
    process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "uvicorn", "message_service.app:create_app", "--factory",
            "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools",
            "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--no-access-log",
            "--timeout-graceful-shutdown", "15",
        env={**os.environ, **_environment(settings)},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready, 20)
        user, clients = stack.as_user(), []
        for _ in range(50):
            socket = Client(await dial(port, "/ws/v1"))
            await socket.tell("auth", token=user.token)
            assert (await socket.next())["type"] == "ready"
            clients.append(socket)
        process.send_signal(number)
        assert {await socket.closed() for socket in clients} == {(4012, "draining")}
        async with asyncio.timeout(10):
            _, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode in (0, -number), words
    assert b"Traceback" not in words, words
    assert user.token.encode() not in words


def _environment(settings: Settings) -> dict[str, str]:
    return {
        f"MESSAGE_{name.upper()}": (
            value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        )
        for name, value in settings
    }
