"""A running user_service over a running object store; both read one clock."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.clock import FixedClock, SystemClock
from tests.conftest import SettingsFor
from tests.images import photo
from tests.objects import kept, object_store
from tests.user_service.world import Person, World, new_world


@dataclass
class Studio:
    """The service, its store as a browser meets it, and what the store has."""

    world: World
    http: httpx.AsyncClient
    folder: Path

    def objects(self) -> dict[str, list[str]]:
        """The keys of all objects, by bucket."""
        return kept(self.folder)

    async def ask(self, person: Person, body: bytes, **other: Any) -> dict[str, Any]:
        """Leave to upload these bytes."""
        wanted = {"content_type": "image/jpeg", "size": len(body)} | other
        answer = await self.world.client.post(
            "/v1/me/pictures", json=wanted, headers=person.headers
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def put(self, asked: dict[str, Any], body: bytes) -> int:
        """Uploads as a browser does; returns the store's status."""
        headers = {k: v for k, v in asked["upload"]["headers"].items() if k != "Content-Length"}
        answer = await self.http.put(asked["upload"]["url"], content=body, headers=headers)
        return answer.status_code

    async def complete(self, person: Person, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the word that the upload is there."""
        path = f"/v1/me/pictures/{asked['id']}/complete"
        answer = await self.world.client.post(path, headers=person.headers)
        return answer.status_code, answer.json()

    async def upload(
        self, person: Person, body: bytes | None = None, **other: Any
    ) -> dict[str, Any]:
        """Asks, uploads and completes; the job is yet to run."""
        body = body or photo()
        asked = await self.ask(person, body, **other)
        assert await self.put(asked, body) == 200
        assert (await self.complete(person, asked))[0] == 202
        return asked

    async def state(self, person: Person, asked: dict[str, Any]) -> tuple[str, str | None]:
        """How far it has come."""
        path = f"/v1/me/pictures/{asked['id']}"
        answer = await self.world.client.get(path, headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["state"], answer.json()["refusal"]

    async def shown(self, person: Person) -> dict[str, Any] | None:
        """The picture on one's profile."""
        answer = await self.world.client.get("/v1/me/profile", headers=person.headers)
        picture: dict[str, Any] | None = answer.json()["picture"]
        path = "/v1/me/pictures/current"
        current = await self.world.client.get(path, headers=person.headers)
        if picture is None:
            assert (current.status_code, current.json()["code"]) == (404, "picture_not_found")
        else:
            assert (current.status_code, current.json()) == (200, picture)
        return picture

    async def jobs(self) -> list[str]:
        """The types of jobs that wait."""
        rows = await self.world.rows(
            "SELECT address, body FROM outbox WHERE destination = 'celery' AND closed_at IS NULL "
            "AND address LIKE 'user.pictures.%' ORDER BY seq"
        )
        assert all(set(json.loads(row.body)) == {"picture_id"} for row in rows)
        return [row.address for row in rows]


@pytest.fixture
async def studio(settings_for: SettingsFor, tmp_path: Path) -> AsyncIterator[Studio]:
    clock = FixedClock(SystemClock().now())
    async with (
        object_store(clock, tmp_path) as store,
        new_world(settings_for, clock, **store) as world,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield Studio(world, http, tmp_path)
