"""Roles inside a class: offered, taken on, given up, taken away."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from libs.ids import new_id
from tests.session_service.world import World, open_world
from tests.stack import Stack, User
from tests.statements import statements


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def offer(
    world: World, made: dict[str, Any], user: User, role: str = "co_tutor", **more: Any
) -> Any:
    expect = more.pop("expect", 201)
    body = {"user_code": user.code, "role": role} | more
    path = f"/v1/study-sessions/{made['id']}/roles"
    return await world.post(world.tutor, path, body, expect=expect)


async def accept(world: World, user: User, role: dict[str, Any], expect: int = 200) -> Any:
    path = f"/v1/class-roles/{role['id']}/acceptance"
    return await world.post(user, path, expect=expect)


async def end(world: World, user: User, role: dict[str, Any]) -> int:
    path = f"/v1/class-roles/{role['id']}"
    return (await world.client.delete(path, headers=user.headers)).status_code


async def ends(world: World) -> list[str]:
    """How roles ended, in order."""
    statement = text(
        "SELECT body::jsonb -> 'data' ->> 'how' FROM outbox "
        "WHERE body::jsonb ->> 'type' = 'studyzed.class_role.ended' ORDER BY seq"
    )
    async with world.parts.database.transaction() as session:
        return list(await session.scalars(statement))


async def sees(world: World, user: User, made: dict[str, Any]) -> int:
    path = f"/v1/study-sessions/{made['id']}"
    return (await world.client.get(path, headers=user.headers)).status_code


async def test_u8_a_co_tutor_is_asked_accepts_and_resigns(world: World, stack: Stack) -> None:
    made = await world.study_session()
    await world.known(world.tutor, "Tara")
    user = await world.known(stack.as_user("tutor"), "Carl")
    role = await offer(world, made, user)
    assert (role["role"], role["state"], role["accepted_at"]) == ("co_tutor", "invited", None)
    assert await sees(world, user, made) == 404
    [own] = (await world.get(user, "/v1/class-roles?state=invited"))["items"]
    assert own == role | {
        "session_code": made["session_code"], "class_name": made["name"], "tutor_name": "Tara",
    }  # fmt: skip
    taken = await accept(world, user, role)
    assert taken["state"] == "active"
    assert await accept(world, user, role) == taken
    assert await sees(world, user, made) == 200
    path = f"/v1/study-sessions/{made['id']}/roles"
    for reader in (world.tutor, user):
        assert (await world.get(reader, path))["items"] == [taken | {"name": "Carl"}]
    assert await end(world, user, role) == 204
    assert await sees(world, user, made) == 404
    assert await end(world, user, role) == 404
    assert (await world.get(world.tutor, path))["items"] == []
    events = [one for one in await world.published() if "class_role" in one]
    assert events == [f"studyzed.class_role.{name}" for name in ("offered", "granted", "ended")]
    assert await ends(world) == ["resigned"]


async def test_u8_each_side_ends_it_in_its_own_way(world: World, stack: Stack) -> None:
    made = await world.study_session()
    user = await world.known(stack.as_user("tutor"), "Carl")
    for taken_on, by in ((False, user), (False, world.tutor), (True, world.tutor), (True, user)):
        role = await offer(world, made, user, "assistant")
        if taken_on:
            await accept(world, user, role)
        assert await end(world, stack.as_user("tutor"), role) == 404
        assert await end(world, by, role) == 204
    assert await ends(world) == ["declined", "withdrawn", "removed", "resigned"]


@pytest.mark.parametrize("role", ["co_tutor", "assistant"])
async def test_u8_only_tutors_teach_and_help(world: World, stack: Stack, role: str) -> None:
    made = await world.study_session()
    user = await world.known(stack.as_user("student"), "Sam")
    offered = await offer(world, made, user, role)
    answer = await accept(world, user, offered, expect=403)
    assert answer["code"] == "tutor_account_needed"
    assert (await world.get(user, "/v1/class-roles"))["items"][0]["state"] == "invited"


async def test_u8_an_observer_observes_a_student_of_the_class(world: World, stack: Stack) -> None:
    made = await world.study_session()
    parent = await world.known(stack.as_user("student"), "Pat")
    await world.known(world.student, "Sam")
    asked = await world.post(world.student, "/v1/memberships", {"join_code": made["session_code"]})
    student = str(world.student.id)
    for wanted in ({}, {"student_id": str(new_id())}, {"student_id": student}):
        answer = await offer(world, made, parent, "observer", **wanted, expect=422)
        assert answer["fields"][0]["pointer"] == "/student_id"
    await world.post(world.tutor, f"/v1/memberships/{asked['id']}/approval", expect=200)
    answer = await offer(world, made, parent, student_id=student, expect=422)
    assert answer["fields"][0]["code"] == "observers_only"
    answer = await offer(world, made, world.student, "observer", student_id=student, expect=422)
    assert answer["fields"][0]["code"] == "not_a_student"
    role = await offer(world, made, parent, "observer", student_id=student)
    await accept(world, parent, role)
    assert await sees(world, parent, made) == 200
    await world.post(world.tutor, f"/v1/memberships/{asked['id']}/removal", {}, expect=200)
    assert await sees(world, parent, made) == 404


async def test_u8_whom_one_cannot_ask(world: World, stack: Stack) -> None:
    made = await world.study_session()
    user = await world.known(stack.as_user("tutor"), "Carl")
    await world.known(world.tutor, "Tara")
    answer = await offer(world, made, stack.as_user("tutor"), expect=404)
    assert answer["code"] == "person_unknown"
    answer = await offer(world, made, world.tutor, expect=422)
    assert answer["fields"][0]["code"] == "owner"
    await accept(world, user, await offer(world, made, user))
    path = f"/v1/study-sessions/{made['id']}/roles"
    body = {"user_code": user.code, "role": "assistant"}
    answer = await world.post(user, path, body, expect=404)
    assert answer["code"] == "study_session_not_found"
    await world.post(world.tutor, f"/v1/study-sessions/{made['id']}/end", expect=200)
    answer = await offer(world, made, user, expect=409)
    assert answer["code"] == "study_session_not_open"


async def test_u8_parallel_offers_make_one_role(world: World, stack: Stack) -> None:
    made = await world.study_session()
    user = await world.known(stack.as_user("tutor"), "Carl")
    body = {"user_code": user.code.lower(), "role": "co_tutor"}
    path, headers = f"/v1/study-sessions/{made['id']}/roles", world.tutor.headers
    asked = (world.client.post(path, json=body, headers=headers) for _ in range(10))
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"class_role_taken"}


async def test_u8_a_role_accepted_while_it_is_taken_away(world: World, stack: Stack) -> None:
    """Whoever comes first: afterwards there is no role, and one end was told."""
    made = await world.study_session()
    user = await world.known(stack.as_user("tutor"), "Carl")
    for n in range(5):
        role = await offer(world, made, user)
        path = f"/v1/class-roles/{role['id']}/acceptance"
        taken, gone = await asyncio.gather(
            world.client.post(path, headers=user.headers), end(world, world.tutor, role)
        )
        assert (taken.status_code in (200, 404), gone) == (True, 204)
        assert await sees(world, user, made) == 404
        ended = "removed" if taken.status_code == 200 else "withdrawn"
        assert (await ends(world))[n:] == [ended]


async def test_lists_of_roles_cost_one_or_two_statements(world: World, stack: Stack) -> None:
    made = await world.study_session()
    user = await world.known(stack.as_user("tutor"), "Carl")
    for _ in range(3):
        await offer(world, await world.study_session(), user)
        await offer(world, made, await world.known(stack.as_user("tutor"), "Nia"))
    for reader, path, count in (
        (user, "/v1/class-roles", 1),
        (world.tutor, f"/v1/study-sessions/{made['id']}/roles", 2),
    ):
        with statements() as seen:
            page = await world.get(reader, f"{path}?limit=2")
        assert (len(seen), len(page["items"])) == (count, 2)
        rest = await world.get(reader, f"{path}?cursor={page['next_cursor']}")
        assert len(rest["items"]) == 1
