"""What the owner of a class may change, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from libs.ids import new_id
from session_service.class_roles.models import ClassRole
from session_service.class_roles.schemas import ClassRoleName, ClassRoleState
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

SETTINGS = {
    "name": "Maths for all",
    "description": "",
    "zone": "Asia/Kolkata",
    "capacity": None,
    "admission": "approve",
    "attendance_percent": 75,
    "late_minutes": 10,
    "early_minutes": 10,
}


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def patch(
    world: World, user: User, made: dict[str, Any], body: Any, seen: str | None = None
) -> httpx.Response:
    headers = user.headers | ({"If-Match": seen} if seen else {})
    path = f"/v1/study-sessions/{made['id']}"
    return await world.client.patch(path, json=body, headers=headers)


async def tag(world: World, made: dict[str, Any]) -> str:
    path = f"/v1/study-sessions/{made['id']}"
    return (await world.client.get(path, headers=world.tutor.headers)).headers["etag"]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SETTINGS}


async def test_settings_of_a_new_class(world: World) -> None:
    assert shown(await world.study_session()) == SETTINGS


async def test_the_owner_changes_what_is_named(world: World) -> None:
    made = await world.study_session(paid=False, approved=False)
    body = {"capacity": 30, "admission": "open", "late_minutes": 5, "zone": "Europe/Berlin"}
    answer = await patch(world, world.tutor, made, body)
    assert (answer.status_code, shown(answer.json())) == (200, SETTINGS | body)
    assert answer.headers["etag"] == '"2"' == await tag(world, made)
    assert (await world.published())[-1] == "studyzed.study_session.changed"
    body = {"capacity": None, "admission": None, "name": None}
    answer = await patch(world, world.tutor, made, body)
    left = {"admission": "open", "late_minutes": 5, "zone": "Europe/Berlin"}
    assert shown(answer.json()) == SETTINGS | left


async def test_nothing_new_is_no_news(world: World) -> None:
    made = await world.study_session(paid=False, approved=False)
    answer = await patch(world, world.tutor, made, SETTINGS)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert await world.published() == ["studyzed.study_session.created"]


async def test_a_change_of_what_was_not_seen_is_refused(world: World) -> None:
    made = await world.study_session()
    seen = await tag(world, made)
    answers = await asyncio.gather(
        *(patch(world, world.tutor, made, {"name": f"Name {n}"}, seen) for n in range(8))
    )
    assert sorted(one.status_code for one in answers) == [200] + [412] * 7
    stale = next(one for one in answers if one.status_code == 412)
    assert (stale.json()["code"], stale.headers["etag"]) == ("stale", await tag(world, made))
    assert (await world.published()).count("studyzed.study_session.changed") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("zone", "Mars/Base"),
        ("capacity", 0),
        ("capacity", 10_001),
        ("admission", "lottery"),
        ("attendance_percent", 0),
        ("attendance_percent", 101),
        ("late_minutes", -1),
        ("early_minutes", 241),
    ],
)
async def test_bad_settings_are_refused(world: World, name: str, value: object) -> None:
    made = await world.study_session()
    answer = await patch(world, world.tutor, made, {name: value})
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["pointer"] == f"/{name}"


async def test_s1_what_is_over_is_not_changed(world: World) -> None:
    made = await world.study_session()
    await world.post(world.tutor, f"/v1/study-sessions/{made['id']}/end", expect=200)
    answer = await patch(world, world.tutor, made, {"name": "Other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "study_session_over")


async def state_of(world: World, made: dict[str, Any]) -> str:
    """All of the class's row."""
    statement = text("SELECT to_jsonb(s)::text FROM study_sessions s WHERE id = :id")
    async with world.parts.database.transaction() as session:
        return str(await session.scalar(statement, {"id": UUID(made["id"])}))


async def give(world: World, made: dict[str, Any], user: User, role: ClassRoleName) -> None:
    row = ClassRole(
        id=new_id(), study_session_id=UUID(made["id"]), account_id=user.id, user_code=user.code,
        role=role.value, student_id=None, state=ClassRoleState.ACTIVE.value,
        invited_at=world.clock.now(), accepted_at=None, revision=1,
    )  # fmt: skip
    async with world.parts.database.transaction() as session:
        session.add(row)


@pytest.mark.parametrize("role", [None, *ClassRoleName])
async def test_r8_u_a6_nobody_but_the_owner_runs_a_class(
    world: World, stack: Stack, role: ClassRoleName | None
) -> None:
    made, other = await world.study_session(), stack.as_user("tutor")
    if role is not None:
        await give(world, made, other, role)
    before, told = await state_of(world, made), await world.published()
    path = f"/v1/study-sessions/{made['id']}"
    statuses = [(await patch(world, other, made, {"name": "Mine"})).status_code]
    for act in ("submission", "pause", "resume", "end", "archive"):
        answer = await world.client.post(f"{path}/{act}", headers=other.headers)
        statuses.append(answer.status_code)
    assert statuses == [404] * 6
    assert (await state_of(world, made), await world.published()) == (before, told)


@pytest.mark.parametrize("role", ["tutor", "student"])
async def test_r9_nobody_but_an_admin_approves(world: World, stack: Stack, role: str) -> None:
    made = await world.study_session(approved=False)
    before, told = await state_of(world, made), await world.published()
    path = f"/v1/study-sessions/{made['id']}/approval"
    for user in (world.tutor, stack.as_user(role)):
        answer = await world.post(user, path, expect=403)
        assert answer["code"] == "wrong_role"
    assert (await state_of(world, made), await world.published()) == (before, told)


async def test_r9_a_body_claims_nothing(world: World) -> None:
    body = {"name": "Maths", "state": "active", "approved_at": "2026-01-01T00:00:00Z"}
    answer = await world.post(world.tutor, "/v1/study-sessions", body, expect=422)
    assert {one["pointer"] for one in answer["fields"]} == {"/state", "/approved_at"}
