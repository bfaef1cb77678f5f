"""What tests of notification_service stand on: events as they come from Kafka, and a push provider
over a real socket.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import uvicorn
from starlette.applications import Starlette

from deploy.local.vendors.fcm import Fcm
from libs.clock import SystemClock
from libs.effects import handle_all
from libs.events.base import Event
from libs.events.session import (
    MaterialPublished,
    MembershipApproved,
    StudySessionCreated,
    TaskAssigned,
)
from libs.events.user import (
    AccountBlocked,
    AccountRegistered,
    AccountUnblocked,
    ProfileChanged,
)
from libs.ids import new_id
from libs.mongo import Document, Mongo, MongoSession
from libs.mongo_inbox import MongoStore
from notification_service.background import HANDLERS
from notification_service.settings import Settings
from tests.stack import eventually

E = TypeVar("E", bound=Event)
DUE = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)


def from_kafka(event: E, at: datetime | None = None) -> E:
    """The event as a consumer gets it, with the producer's time."""
    read = type(event).from_wire(event.to_wire(at or SystemClock().now()))
    assert read is not None
    return read


def registered(account_id: UUID, role: str = "student", **fields: Any) -> AccountRegistered:
    """An account as user_service announces it."""
    values = {
        "user_code": f"TESTX-{account_id.hex[-7:].upper()}", "name": "", "email": "a@b.example",
        "locale": "en", "zone": "UTC", "revision": 1,
    }  # fmt: skip
    return AccountRegistered(account_id=account_id, role=role, **{**values, **fields})


def blocked(account_id: UUID, revision: int = 2, role: str = "tutor") -> AccountBlocked:
    """An account that an admin has shut out."""
    return AccountBlocked(
        account_id=account_id, user_code="TESTX-1A2B3C4", role=role,
        blocked_at=SystemClock().now(), until=None, revision=revision,
    )  # fmt: skip


def unblocked(account_id: UUID, revision: int = 3, role: str = "tutor") -> AccountUnblocked:
    """An account that is let in again."""
    now = SystemClock().now()
    return AccountUnblocked(
        account_id=account_id, user_code="TESTX-1A2B3C4", role=role,
        blocked_at=now, unblocked_at=now, revision=revision,
    )  # fmt: skip


def changed(account_id: UUID, role: str = "student", **fields: Any) -> ProfileChanged:
    """A change of a profile as user_service announces it."""
    return ProfileChanged(**registered(account_id, role, **fields).model_dump())


@dataclass(frozen=True)
class Class:
    """A class whose events can be made."""

    id: UUID
    code: str
    tutor_id: UUID

    @classmethod
    def new(cls) -> "Class":
        """A class of a new tutor."""
        return cls(new_id(), "CLASS-1A2B3C4", new_id())

    @property
    def fields(self) -> dict[str, Any]:
        """What every session event carries."""
        return {"study_session_id": self.id, "session_code": self.code}

    def created(self) -> StudySessionCreated:
        """Its creation."""
        return StudySessionCreated(**self.fields, tutor_id=self.tutor_id, revision=1)

    def joined(self, student_id: UUID) -> MembershipApproved:
        """A student's approval."""
        return MembershipApproved(
            **self.fields, membership_id=new_id(), student_id=student_id, tutor_id=self.tutor_id,
            revision=2,
        )  # fmt: skip

    def material(self, *, silent: bool = False, only: UUID | None = None) -> MaterialPublished:
        """New material for all students, or for one."""
        return MaterialPublished(
            **self.fields, material_id=new_id(), silent=silent, student_id=only, revision=2
        )

    def task(self) -> TaskAssigned:
        """A task for all students."""
        return TaskAssigned(
            **self.fields, task_id=new_id(), tutor_id=self.tutor_id, due_at=DUE, revision=1
        )


async def handle(mongo: Mongo, events: Sequence[Event], *, inbox: bool = True) -> None:
    """Handles events in one transaction, as `libs.effects.Effects` does. Without the inbox a repeat
    reaches the handlers.
    """
    store = MongoStore(mongo)

    async def work(session: MongoSession) -> None:
        new = {event.event_id for event in events}
        if inbox:
            new = await store.once(session, "test", [event.event_id for event in events])
        await handle_all(session, [e for e in events if e.event_id in new], HANDLERS)

    await store.run(work)


async def documents(mongo: Mongo, collection: str, **wanted: Any) -> list[Document]:
    """What a collection holds, in the order of ids."""
    return [row async for row in mongo.database[collection].find(wanted).sort([("_id", 1)])]


@asynccontextmanager
async def open_mongo(settings: Settings) -> AsyncIterator[Mongo]:
    """The database of these settings."""
    mongo = Mongo(settings, SystemClock())
    yield mongo
    await mongo.close()


@dataclass
class Provider:
    """The FCM stand-in on a real socket; `fcm.pushes` holds what it took."""

    fcm: Fcm
    url: str

    def tokens(self) -> list[str]:
        """To which tokens pushes went, oldest first."""
        return [push["token"] for push in self.fcm.pushes]


@asynccontextmanager
async def open_provider() -> AsyncIterator[Provider]:
    """Runs the stand-in until the block ends."""
    fcm = Fcm(time.time)
    config = uvicorn.Config(
        Starlette(routes=list(fcm.routes())), host="127.0.0.1", port=0, log_config=None,
        lifespan="off",
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Provider(fcm, f"http://127.0.0.1:{port}/fcm")
    server.should_exit = True
    await task
