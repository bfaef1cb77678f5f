"""`Idempotency-Key` on the routes that make something, with servers that are killed (P-A5)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local import ports
from libs.ids import new_id
from session_service.settings import Settings
from tests.conftest import SettingsFor
from tests.session_service.world import World, open_world
from tests.stack import Stack, User, eventually

CLASSES = "/v1/study-sessions"


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def ask(
    client: httpx.AsyncClient, user: User, path: str, body: Any, **headers: str
) -> httpx.Response:
    """Posts under one key."""
    headers |= {**user.headers, "Idempotency-Key": "k1"}
    return await client.post(path, json=body, headers=headers)


async def count(world: World, table: str) -> int:
    async with world.parts.database.transaction() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608


async def test_p_a5_classes_tasks_and_work_are_made_once(world: World) -> None:
    made = await world.study_session()
    await world.member(made)
    task = await world.task(made)
    due = {"study_session_id": made["id"], "title": "Two", "due_at": "2999-01-01T00:00:00Z"}
    work = f"/v1/tasks/{task['id']}/submissions"
    for user, path, body, table, before in (
        (world.tutor, CLASSES, {"name": "Physics"}, "study_sessions", 1),
        (world.tutor, "/v1/tasks", due, "tasks", 1),
        (world.student, work, {"body": "x"}, "submissions", 0),
    ):
        first, again = [await ask(world.client, user, path, body) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 201), first.text
        assert again.content == first.content
        assert await count(world, table) == before + 1
        other = await ask(world.client, user, path, {**body, "no": "field"})
        assert other.json()["code"] == "idempotency_key_reused"
    created = [kind for kind in await world.published() if kind.endswith("study_session.created")]
    assert len(created) == 2


async def test_p_a5_20_parallel_make_one_class(world: World) -> None:
    asked = (ask(world.client, world.tutor, CLASSES, {"name": "Physics"}) for _ in range(20))
    answers = await asyncio.gather(*asked)
    codes = {answer.status_code for answer in answers}
    assert 201 in codes
    assert codes <= {201, 409}
    assert await count(world, "study_sessions") == 1


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The service as a process of its own, until it is killed."""
    [port] = ports.choose(1)
    values = {
        f"SESSION_{name.upper()}": str(
            value.get_secret_value() if isinstance(value, SecretStr) else value
        )
        for name, value in settings.model_dump().items()
        if value is not None
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", "tests.session_service.dying:create_app", "--factory",
        "--port", str(port), "--log-level", "critical", env={**os.environ, **values},
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

        async def up() -> bool:
            try:
                return (await client.get("/healthz")).status_code == 200
            except httpx.TransportError:
                assert process.returncode is None, "it does not start"
                return False

        try:
            await eventually(up, 60)
            yield client
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.mark.parametrize(("die", "kept"), [("before", 0), ("after", 1)])
async def test_p_a5_a_killed_server(
    stack: Stack, settings_for: SettingsFor, die: str, kept: int
) -> None:
    """Before the commit: nothing has happened. After it: the replay has its result."""
    settings = await settings_for(Settings, "session_service")
    tutor, body = stack.as_user("tutor"), {"name": f"Physics {new_id()}"}
    async with serving(settings) as client:
        with pytest.raises(httpx.TransportError):
            await ask(client, tutor, CLASSES, body, **{"x-die": die})
    async with serving(settings) as client:
        listed = (await client.get(CLASSES, headers=tutor.headers)).json()["items"]
        assert len(listed) == kept
        answer = await ask(client, tutor, CLASSES, body)
        assert answer.status_code == 201
        assert answer.headers.get("idempotency-replayed") == ("true" if kept else None)
        [listed] = (await client.get(CLASSES, headers=tutor.headers)).json()["items"]
        assert listed == answer.json()
