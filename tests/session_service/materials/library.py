"""A class with material, for tests: its people, its object store, its jobs."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from libs.clock import FixedClock, SystemClock
from libs.ids import new_id
from libs.jobs import Job
from session_service import worker
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import ClassRoleName, ClassRoleState
from session_service.materials.schemas import PublishDue
from tests.objects import kept, object_store
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

PDF = b"%PDF-1.7 and so on"


@dataclass
class Library:
    """The service, its store as a browser meets it, and a class with one student."""

    world: World
    http: httpx.AsyncClient
    folder: Path
    stack: Stack
    made: dict[str, Any]

    @property
    def tutor(self) -> User:
        """Who teaches the class."""
        return self.world.tutor

    @property
    def student(self) -> User:
        """Who attends it."""
        return self.world.student

    async def send(
        self, user: User, method: str, path: str, body: Any = None, expect: int = 200
    ) -> Any:
        """A request as a user; checks the status, returns the answer's JSON if there is any."""
        answer = await self.world.client.request(method, path, json=body, headers=user.headers)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    async def refused(self, user: User, method: str, path: str, body: Any = None) -> Any:
        """Status and code of a refusal."""
        answer = await self.world.client.request(method, path, json=body, headers=user.headers)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    async def give(self, user: User, role: ClassRoleName) -> None:
        """Puts somebody into a role of the class."""
        observed = self.student.id if role is ClassRoleName.OBSERVER else None
        row = ClassRole(
            id=new_id(), study_session_id=UUID(self.made["id"]), account_id=user.id,
            user_code=user.code, role=role.value, student_id=observed,
            state=ClassRoleState.ACTIVE.value, invited_at=self.world.clock.now(),
            accepted_at=None, revision=1,
        )  # fmt: skip
        async with self.world.parts.database.transaction() as session:
            session.add(row)

    async def add(self, kind: str = "note", **other: Any) -> dict[str, Any]:
        """Material of the class, a draft."""
        content: dict[str, Any] = {"note": {"text": "Read this."}, "file": {}}.get(
            kind, {"link": "https://example.org/a"}
        )
        body = {"study_session_id": self.made["id"], "kind": kind, "title": "Fractions"}
        made: dict[str, Any] = await self.send(
            self.tutor, "POST", "/v1/materials", body | content | other, 201
        )
        return made

    async def publish(self, material: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Publishes as the tutor."""
        path = f"/v1/materials/{material['id']}/publication"
        found: dict[str, Any] = await self.send(self.tutor, "POST", path, body)
        return found

    async def seen(self, user: User, query: str = "") -> list[str]:
        """Titles of what somebody sees in the class, oldest first."""
        path = f"/v1/study-sessions/{self.made['id']}/materials{query}"
        page = await self.send(user, "GET", path)
        return [one["title"] for one in reversed(page["items"])]

    async def make_folder(self, name: str, parent: dict[str, Any] | None = None) -> dict[str, Any]:
        """A folder."""
        path = f"/v1/study-sessions/{self.made['id']}/folders"
        body = {"name": name, "parent_id": parent["id"] if parent else None}
        made: dict[str, Any] = await self.send(self.tutor, "POST", path, body, 201)
        return made

    async def folders(self, user: User) -> dict[str, tuple[str | None, int]]:
        """Folders as somebody sees them: the parent's name and the position, by name."""
        path = f"/v1/study-sessions/{self.made['id']}/folders?limit=100"
        items = (await self.send(user, "GET", path))["items"]
        names = {one["id"]: one["name"] for one in items} | {None: None}
        return {one["name"]: (names[one["parent_id"]], one["position"]) for one in items}

    async def ask(
        self, material: dict[str, Any], body: bytes = PDF, expect: int = 201, **other: Any
    ) -> dict[str, Any]:
        """Leave to upload these bytes."""
        wanted = {"file_name": "Sheet 1.pdf", "content_type": "application/pdf", "size": len(body)}
        path = f"/v1/materials/{material['id']}/versions"
        asked: dict[str, Any] = await self.send(self.tutor, "POST", path, wanted | other, expect)
        return asked

    async def put(self, asked: dict[str, Any], body: bytes = PDF) -> int:
        """Uploads as a browser does; returns the store's status."""
        headers = {k: v for k, v in asked["upload"]["headers"].items() if k != "Content-Length"}
        answer = await self.http.put(asked["upload"]["url"], content=body, headers=headers)
        return answer.status_code

    async def complete(
        self, asked: dict[str, Any], body: bytes = PDF, expect: int = 202
    ) -> dict[str, Any]:
        """The word that the upload is there."""
        path = f"/v1/file-versions/{asked['id']}/complete"
        told = {"sha256": hashlib.sha256(body).hexdigest()}
        found: dict[str, Any] = await self.send(self.tutor, "POST", path, told, expect)
        return found

    async def upload(
        self, material: dict[str, Any], body: bytes = PDF, **other: Any
    ) -> dict[str, Any]:
        """Asks, uploads and completes; the job is yet to run."""
        asked = await self.ask(material, body, **other)
        assert await self.put(asked, body) == 200
        await self.complete(asked, body)
        return asked

    async def file(self, body: bytes = PDF, **other: Any) -> dict[str, Any]:
        """A file with one version."""
        material = await self.add("file")
        await self.upload(material, body, **other)
        await self.run_jobs()
        return material

    async def versions(
        self, user: User, material: dict[str, Any]
    ) -> list[tuple[int | None, str, str | None]]:
        """Number, state and refusal of the versions that somebody sees, oldest first."""
        page = await self.send(user, "GET", f"/v1/materials/{material['id']}/versions")
        rows = [(one["number"], one["state"], one["refusal"]) for one in page["items"]]
        return rows[::-1]

    async def download(self, user: User, material: dict[str, Any], **body: Any) -> dict[str, Any]:
        """An address to download from."""
        path = f"/v1/materials/{material['id']}/downloads"
        found: dict[str, Any] = await self.send(user, "POST", path, body, 201)
        return found

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the database has them now."""
        async with self.world.parts.database.transaction() as session:
            found = await session.execute(text(statement), values)
            return list(found) if found.returns_rows else []  # type: ignore[attr-defined]

    async def events(self) -> list[dict[str, Any]]:
        """Type and data of the events about material, in order."""
        rows = await self.rows(
            "SELECT body::jsonb AS body FROM outbox WHERE destination = 'kafka' "
            "AND body::jsonb ->> 'type' LIKE 'studyzed.material.%' ORDER BY seq"
        )
        return [{"type": row.body["type"]} | row.body["data"] for row in rows]

    async def run(self, job: Job) -> None:
        """Does one job, as the worker would."""
        parts = self.world.parts
        await worker.WORKER.jobs[type(job)](worker.Resources(parts.database, parts.objects), job)

    async def run_jobs(self) -> list[str]:
        """Does the jobs that wait; returns their types."""
        found = await self.rows(
            "UPDATE outbox SET closed_at = now() WHERE destination = 'celery' "
            "AND closed_at IS NULL RETURNING address, body, seq"
        )
        kinds = {job.type: job for job in worker.WORKER.jobs}
        for row in sorted(found, key=lambda row: row.seq):
            await self.run(kinds[row.address].model_validate(json.loads(row.body)))
        return [row.address for row in found]

    async def later(self, by: timedelta) -> None:
        """Time passes, and what is due is published."""
        self.world.clock.move(by)
        await self.run(PublishDue())

    def objects(self) -> list[str]:
        """The keys of all objects."""
        return [key for keys in kept(self.folder).values() for key in keys]


@asynccontextmanager
async def open_library(stack: Stack, folder: Path, **settings: Any) -> AsyncIterator[Library]:
    """A class over an object store; both read one clock."""
    clock = FixedClock(SystemClock().now())
    async with (
        object_store(clock, folder) as store,
        open_world(stack, clock, **store, **settings) as world,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        made = await world.study_session()
        await world.member(made)
        yield Library(world, http, folder, stack, made)
