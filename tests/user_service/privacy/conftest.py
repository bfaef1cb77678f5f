"""A user_service with an object store, and the other services' answers played."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.clock import FixedClock, SystemClock
from libs.events.base import Event
from libs.events.privacy import ErasureConfirmed, ExportPartReady
from libs.export_parts import key_of
from tests.conftest import SettingsFor
from tests.objects import object_store
from tests.user_service.world import World, new_world
from user_service.background import HANDLERS
from user_service.exports.schemas import OWN, SERVICES

OTHERS = tuple(service for service in SERVICES if service != OWN)


async def die(world: World, job: str) -> None:
    """Lets the waiting jobs of a type die, as after all their tries; there must be some."""
    statement = (
        "UPDATE outbox SET dead_at = now(), due_at = 'infinity' WHERE address = :job "
        "AND closed_at IS NULL AND dead_at IS NULL RETURNING id"
    )
    assert await world.rows(statement, job=job)


@dataclass
class Platform:
    """The service, and what the others would do."""

    world: World
    folder: Path
    """Where the store keeps its objects."""
    bodies: dict[str, bytes] = field(default_factory=dict)

    async def handle(self, event: Event) -> None:
        """Gives an event to its handler."""
        handler: Any = HANDLERS[type(event)]
        await self.world.parts.database.run(lambda session: handler(session, event))

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type that were published, in order."""
        rows = await self.world.rows(
            "SELECT body::jsonb -> 'data' FROM outbox WHERE destination = 'kafka' "
            "AND body::jsonb ->> 'type' = :kind ORDER BY seq",
            kind=f"studyzed.{kind}",
        )
        return [data for (data,) in rows]

    async def answer(self, export_id: UUID, service: str, body: bytes = b"", **other: Any) -> None:
        """A service stores its part and says so; `other` changes what it says."""
        [asked] = {one["folder"] for one in await self.events("export.requested")}
        body = body or f'{{"part of": "{service}"}}\n'.encode()
        key = key_of(UUID(asked), service)
        await self.world.parts.objects.put(key, body, "application/json")
        said = {
            "export_id": export_id,
            "service": service,
            "object_key": key,
            "sha256": hashlib.sha256(body).hexdigest(),
            "size": len(body),
        }
        await self.handle(ExportPartReady.model_validate(said | other))

    async def confirm(self, erasure_id: UUID, service: str, **counts: int) -> None:
        """A service says that it has erased a person."""
        await self.handle(
            ErasureConfirmed(erasure_id=erasure_id, service=service, counts=counts, revision=1)
        )


@pytest.fixture
async def platform(settings_for: SettingsFor, tmp_path: Path) -> AsyncIterator[Platform]:
    """A running service without people but the admin."""
    clock = FixedClock(SystemClock().now())
    async with (
        object_store(clock, tmp_path) as objects,
        new_world(settings_for, clock, **objects) as world,
    ):
        await world.parts.objects.ensure_buckets()
        yield Platform(world, tmp_path)
