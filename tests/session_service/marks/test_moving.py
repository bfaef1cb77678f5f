"""What was marked before marks had parts is taken over (migration 202611281640)."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import asyncpg

from deploy.local.provision import credentials
from session_service.settings import Settings
from tests.session_service.world import open_on
from tests.stack import Stack

MOVE = (
    "from alembic import command; from libs.migrate import config, owner_url; "
    "command.{way}(config('session_service', owner_url('session_service')), '{to}')"
)


async def move(owner_url: str, way: str, to: str) -> None:
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", MOVE.format(way=way, to=to)],
        env={**os.environ, "SESSION_DATABASE_OWNER_URL": owner_url},
        check=True,
        stdout=subprocess.DEVNULL,
    )


async def rows(owner_url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_s13_old_markings_become_one_mark_with_its_trail(stack: Stack) -> None:
    async with stack.passing():
        settings = await stack.settings_for(Settings, "session_service")
        name = settings.database_url.get_secret_value().rpartition("/")[2]
        owner = credentials(stack.servers.postgres_superuser_url, "session_service", name)
        async with open_on(stack, settings) as world:
            made = await world.study_session()
            await world.member(made)
            task = await world.task(made)
            for markings in ([("3.00", ""), ("5.25", "better")], [("8.00", "good")]):
                path = f"/v1/tasks/{task['id']}/submissions"
                work = await world.post(world.student, path, {"body": "x"})
                for points, comment in markings:
                    body = {"points": points, "comment": comment, "reason": comment}
                    await world.post(world.tutor, f"/v1/submissions/{work['id']}/marks", body)
        trail = (
            "SELECT c.number, from_total::text, to_total::text, from_state, to_state, changed_by, "
            "c.work_id, parts::text, comment FROM mark_changes c "
            "LEFT JOIN mark_words ON change_id = c.id ORDER BY c.number"
        )
        mark = (
            "SELECT item_id, student_id, work_id, state, total::text, comment, revision FROM marks"
        )
        parts = "SELECT key, points::text, maximum::text, source FROM mark_parts"
        before = [await rows(owner.owner_url, one) for one in (trail, mark, parts)]
        await move(owner.owner_url, "downgrade", "202611281317")
        assert await rows(
            owner.owner_url,
            "SELECT s.number, m.number, points::text, comment, released_at IS NOT NULL "
            "FROM marks m JOIN submissions s ON s.id = submission_id ORDER BY marked_at, m.id",
        ) == [
            (1, 1, "3.00", "", True),
            (1, 2, "5.25", "better", True),
            (2, 1, "8.00", "good", True),
        ]
        await move(owner.owner_url, "upgrade", "head")
        assert [await rows(owner.owner_url, one) for one in (trail, mark, parts)] == before
        assert await rows(owner.owner_url, "SELECT id, kind, release FROM grade_items") == [
            (before[1][0][0], "task", "at_once")
        ]
