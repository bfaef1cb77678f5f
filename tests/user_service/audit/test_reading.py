"""Admins read the audit trail."""

from datetime import timedelta
from typing import Any

from libs.ids import new_id
from tests.user_service.audit.trails import wipe
from tests.user_service.world import Person, World
from user_service.audit import service


async def read(world: World, admin: Person, **query: Any) -> dict[str, Any]:
    answer = await world.client.get("/v1/admin/audit-entries", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def marks(world: World, admin: Person, **query: Any) -> list[int]:
    items = (await read(world, admin, **query))["items"]
    return [entry["details"]["mark"] for entry in items]


async def test_u21_entries_by_actor_subject_action_and_time(world: World) -> None:
    admin, actor, subject = await world.admin(), new_id(), new_id()
    await wipe(world)
    start = world.clock.now()
    acts = [(actor, subject, "a.b"), (actor, None, "a.c"), (None, subject, "a.b"), (None, None, "")]
    for mark, (actor_id, subject_id, action) in enumerate(acts):
        async with world.parts.database.transaction() as session:
            await service.record(
                session, action, actor_id=actor_id, subject_id=subject_id, mark=mark
            )
        world.clock.move(timedelta(minutes=1))
    assert await marks(world, admin) == [3, 2, 1, 0]
    assert await marks(world, admin, actor_id=actor) == [1, 0]
    assert await marks(world, admin, subject_id=subject) == [2, 0]
    assert await marks(world, admin, action="a.b") == [2, 0]
    assert await marks(world, admin, action="a.b", actor_id=actor) == [0]
    since, before = (start + timedelta(minutes=n) for n in (1, 3))
    assert await marks(world, admin, since=since.isoformat(), before=before.isoformat()) == [2, 1]
    bad = await world.client.get(
        "/v1/admin/audit-entries", params={"since": "yesterday"}, headers=admin.headers
    )
    assert bad.status_code == 422


async def test_u21_pages_are_stable_while_entries_are_added(world: World) -> None:
    admin = await world.admin()
    await wipe(world)
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    for mark in range(5):
        async with world.parts.database.transaction() as session:
            await service.record(session, "a.b", actor_id=None, subject_id=None, mark=mark)
    while True:
        page = await read(world, admin, **query)
        seen += [entry["details"]["mark"] for entry in page["items"]]
        async with world.parts.database.transaction() as session:
            await service.record(session, "a.b", actor_id=None, subject_id=None, mark=100)
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [4, 3, 2, 1, 0]
