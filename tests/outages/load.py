"""Tutors who set tasks and students who read of them, all the time; and what came of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from libs.events.payment import SubscriptionPaid
from libs.ids import new_id
from libs.kafka import Message, Producer
from tests.outages.platform import Platform
from tests.stack import User, eventually

DUE = datetime(2100, 1, 1, tzinfo=UTC).isoformat()
CLASSES = 4


@dataclass
class Class:
    """A class with one student, and what was acknowledged to its people."""

    id: str
    tutor: User
    student: User
    tasks: list[str] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)


@dataclass
class Load:
    """Requests without a pause in them for an outage."""

    platform: Platform
    pause: float = 0.02
    classes: list[Class] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: str, service: str, path: str, user: User, body: Any = None) -> Any:
        """One request; `None` if it was refused. What is neither done nor a proper 503 is wrong."""
        url = self.platform.url(service) + path
        try:
            answer = await self.platform.client.request(
                method, url, json=body, headers=user.headers
            )
        except httpx.HTTPError as error:
            self.wrong.append(f"{method} {path}: {error!r}")
            return None
        self.answers[answer.status_code] += 1
        if answer.status_code in (200, 201):
            return answer.json()
        if not is_unavailable(answer):
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return None

    async def run(self) -> None:
        """Goes on until `stop`."""
        work: list[Awaitable[None]] = []
        for room in self.classes:
            work += [self._teach(room), self._read(room)]
        await asyncio.gather(*work)

    def stop(self) -> None:
        """Lets every request end."""
        self._stop.set()

    async def _teach(self, room: Class) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            body = {"study_session_id": room.id, "title": f"task {number}", "due_at": DUE}
            made = await self.call("POST", "session_service", "/v1/tasks", room.tutor, body)
            if made is not None:
                room.tasks.append(made["id"])
            await asyncio.sleep(self.pause)

    async def _read(self, room: Class) -> None:
        service = "notification_service"
        while not self._stop.is_set():
            page = await self.call("GET", service, "/v1/notifications?limit=5", room.student)
            for item in page["items"] if page else ():
                path = f"/v1/notifications/{item['id']}/read"
                if item["read_at"] is None and await self.call("POST", service, path, room.student):
                    room.reads.add(item["id"])
            await asyncio.sleep(self.pause * 2)


def is_unavailable(answer: httpx.Response) -> bool:
    """Whether it is a 503 as the contract says: a problem, its code, and when to come again."""
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["code"] == "unavailable"
        and int(answer.headers["retry-after"]) > 0
    )


async def open_load(platform: Platform, pause: float) -> Load:
    """Classes that are open, each with a student whom notification_service knows."""
    load, producer = Load(platform, pause), Producer(platform.session)
    admin = platform.stack.as_user("admin")
    for _ in range(CLASSES):
        load.classes.append(await _open_class(load, producer, admin))
    for room in load.classes:
        await eventually(lambda room=room: _welcomed(load, room), 30)  # type: ignore[misc]
    await producer.stop()
    return load


async def _open_class(load: Load, producer: Producer, admin: User) -> Class:
    tutor, student = (load.platform.stack.as_user(role) for role in ("tutor", "student"))
    service, classes = "session_service", "/v1/study-sessions"
    made = await load.call("POST", service, classes, tutor, {"name": "Maths", "zone": "UTC"})
    await load.call("POST", service, f"{classes}/{made['id']}/approval", admin)
    now = datetime.now(UTC)
    paid = SubscriptionPaid(
        study_session_id=UUID(made["id"]),
        tutor_id=tutor.id,
        payment_id=new_id(),
        plan_id=new_id(),
        amount=49_900,
        currency="INR",
        paid_at=now,
    )
    assert await producer.send_all([Message(paid.topic, paid.key, paid.to_wire(now))]) == [None]

    async def active() -> bool:
        seen = await load.call("GET", service, f"{classes}/{made['id']}", tutor)
        return bool(seen["state"] == "active")

    await eventually(active, 30)
    body = {"join_code": made["session_code"]}
    asked = await load.call("POST", service, "/v1/memberships", student, body)
    await load.call("POST", service, f"/v1/memberships/{asked['id']}/approval", tutor)
    device = {"installation_id": f"phone-{student.code}", "token": "t" * 20, "platform": "web"}
    await load.call("POST", "notification_service", "/v1/devices", student, device)
    return Class(made["id"], tutor, student)


async def _welcomed(load: Load, room: Class) -> bool:
    page = await load.call("GET", "notification_service", "/v1/notifications", room.student)
    return any(item["kind"] == "join_approved" for item in page["items"])
