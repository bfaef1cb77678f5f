"""A class's image: its way from leave to class, over HTTP, jobs and a real store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from libs.clock import FixedClock, SystemClock
from session_service import worker
from session_service.class_images.schemas import SweepClassImages
from tests.images import GREEN, RED, bomb, colours, photo
from tests.objects import kept, object_store
from tests.session_service.world import World, open_world
from tests.stack import Stack

SQUARES = ["512.webp", "96.webp"]
HOUR = timedelta(hours=1)


@dataclass
class Studio:
    """The service, its store as a browser meets it, and a class."""

    world: World
    http: httpx.AsyncClient
    folder: Path
    made: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/v1/study-sessions/{self.made['id']}"

    async def ask(self, body: bytes, **other: Any) -> dict[str, Any]:
        wanted = {"content_type": "image/jpeg", "size": len(body)} | other
        asked: dict[str, Any] = await self.world.post(
            self.world.tutor, f"{self.path}/images", wanted
        )
        return asked

    async def upload(self, body: bytes, **other: Any) -> dict[str, Any]:
        """Asks, uploads and completes; the job is yet to run."""
        asked = await self.ask(body, **other)
        assert await self.put(asked, body) == 200
        path = f"/v1/class-images/{asked['id']}/complete"
        told = await self.world.post(self.world.tutor, path, expect=202)
        assert told["state"] == "pending"
        return asked

    async def put(self, asked: dict[str, Any], body: bytes) -> int:
        headers = {k: v for k, v in asked["upload"]["headers"].items() if k != "Content-Length"}
        answer = await self.http.put(asked["upload"]["url"], content=body, headers=headers)
        return answer.status_code

    async def run_jobs(self) -> None:
        """Does what the worker would do with the jobs that wait."""
        statement = text(
            "UPDATE outbox SET closed_at = now() WHERE destination = 'celery' "
            "AND closed_at IS NULL "
            "RETURNING address, body"
        )
        async with self.world.parts.database.transaction() as session:
            found = list(await session.execute(statement))
        kinds = {job.type: job for job in worker.WORKER.jobs}
        for row in found:
            await self.run(kinds[row.address].model_validate_json(row.body))

    async def run(self, job: Any) -> None:
        parts = worker.Resources(self.world.parts.database, self.world.parts.objects)
        await worker.WORKER.jobs[type(job)](parts, job)

    async def state(self, asked: dict[str, Any]) -> tuple[str, str | None]:
        found = await self.world.get(self.world.tutor, f"/v1/class-images/{asked['id']}")
        return found["state"], found["refusal"]

    async def image(self) -> Any:
        return (await self.world.get(self.world.tutor, self.path))["image"]

    def names(self) -> list[str]:
        """The last parts of the public keys."""
        return [key.rpartition("/")[2] for key in kept(self.folder).get("studyzed-public", [])]


@pytest.fixture
async def studio(stack: Stack, tmp_path: Path) -> AsyncIterator[Studio]:
    clock = FixedClock(SystemClock().now())
    async with (
        object_store(clock, tmp_path) as store,
        open_world(stack, clock, **store) as world,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        yield Studio(world, http, tmp_path, await world.study_session())


async def test_s1_from_leave_to_class(studio: Studio) -> None:
    world = studio.world
    asked = await studio.upload(photo(), alt="A blackboard")
    assert await studio.image() is None
    await studio.run_jobs()
    assert await studio.state(asked) == ("ready", None)
    assert studio.names() == SQUARES
    assert "studyzed" not in kept(studio.folder)
    image = await studio.image()
    assert image["alt"] == "A blackboard"
    [listed] = (await world.get(world.tutor, "/v1/study-sessions"))["items"]
    assert listed["image"] == image
    for size, edge in (("large", 512), ("small", 96)):
        answer = await studio.http.get(image[size])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert image[size].endswith(f"/{edge}.webp")
        assert colours(answer.content)[:2] == [RED, GREEN]
        assert b"ACME" not in answer.content


async def test_s1_a_new_image_takes_the_olds_place(studio: Studio) -> None:
    first = await studio.upload(photo())
    await studio.run_jobs()
    before = await studio.image()
    await studio.upload(photo())
    for _ in range(2):
        await studio.run_jobs()
    assert studio.names() == SQUARES
    assert (await studio.image())["large"] != before["large"]
    assert (await studio.http.get(before["large"])).status_code == 404
    await studio.world.get(studio.world.tutor, f"/v1/class-images/{first['id']}", expect=404)


async def test_s1_an_image_taken_off_is_gone(studio: Studio) -> None:
    world = studio.world
    await studio.upload(photo())
    await studio.run_jobs()
    for _ in range(2):
        answer = await world.client.delete(f"{studio.path}/image", headers=world.tutor.headers)
        assert answer.status_code == 204
    await studio.run_jobs()
    assert await studio.image() is None
    assert kept(studio.folder) == {}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [(b"not an image", "not_a_picture"), (bomb(), "too_many_pixels")],
)
async def test_x17_what_is_no_image_is_refused(studio: Studio, body: bytes, refusal: str) -> None:
    asked = await studio.upload(body)
    await studio.run_jobs()
    assert await studio.state(asked) == ("refused", refusal)
    assert await studio.image() is None
    assert kept(studio.folder) == {}


async def test_x17_the_store_takes_only_what_was_asked_for(studio: Studio) -> None:
    asked = await studio.ask(photo())
    assert await studio.put(asked, photo() + b"x") == 403
    assert kept(studio.folder) == {}


async def test_s1_the_newest_asked_for_wins_in_any_order(studio: Studio) -> None:
    asked = [await studio.upload(photo()) for _ in range(3)]
    statement = text("SELECT body FROM outbox WHERE destination = 'celery' ORDER BY seq")
    async with studio.world.parts.database.transaction() as session:
        bodies = list(await session.scalars(statement))
    kind = next(job for job in worker.WORKER.jobs if job.type.endswith("class_images.convert"))
    jobs = [kind.model_validate_json(body) for body in bodies]
    await asyncio.gather(*(studio.run(job) for job in reversed(jobs)))
    await studio.run_jobs()
    assert await studio.state(asked[-1]) == ("ready", None)
    assert studio.names() == SQUARES


async def test_s1_the_sweep_forgets_what_nobody_uploaded(studio: Studio) -> None:
    asked = await studio.ask(photo())
    assert await studio.put(asked, photo()) == 200
    studio.world.clock.move(HOUR)
    path = f"/v1/class-images/{asked['id']}/complete"
    late = await studio.world.post(studio.world.tutor, path, expect=409)
    assert late["code"] == "class_image_not_awaited"
    await studio.run(SweepClassImages())
    assert kept(studio.folder) == {}
    await studio.world.get(studio.world.tutor, f"/v1/class-images/{asked['id']}", expect=404)
