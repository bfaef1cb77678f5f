"""A place in a class is that class's alone: a student may have several, and only who teaches the
class decides about one.
"""

from collections.abc import AsyncIterator

import pytest

from tests.access.table import postgres_fingerprint
from tests.session_service.world import World, open_world
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as world:
        yield world


async def test_r4_a_student_in_two_classes_has_a_place_and_work_in_each(world: World) -> None:
    classes = [await world.study_session() for _ in range(2)]
    members = [await world.member(one) for one in classes]
    tasks = [await world.task(one) for one in classes]
    own = (await world.get(world.student, "/v1/memberships"))["items"]
    assert {(one["id"], one["study_session_id"], one["state"]) for one in own} == {
        (member["id"], one["id"], "approved") for member, one in zip(members, classes, strict=True)
    }
    assert {one["student_code"] for one in own} == {world.student.code}
    for one, member, task in zip(classes, members, tasks, strict=True):
        path = f"/v1/study-sessions/{one['id']}/memberships"
        listed = (await world.get(world.tutor, path))["items"]
        assert [item["id"] for item in listed] == [member["id"]]
        path = f"/v1/tasks/{task['id']}/submissions"
        work = await world.post(world.student, path, {"body": one["id"]})
        assert (work["task_id"], work["number"]) == (task["id"], 1)
        shown = (await world.get(world.tutor, path))["items"]
        assert [(item["id"], item["body"]) for item in shown] == [(work["id"], one["id"])]


async def test_r4_who_leaves_one_class_stays_in_the_other(world: World) -> None:
    left, kept = [await world.study_session() for _ in range(2)]
    gone, member = await world.member(left), await world.member(kept)
    tasks = {one["id"]: await world.task(one) for one in (left, kept)}
    await world.post(world.student, f"/v1/memberships/{gone['id']}/departure", expect=200)
    path = f"/v1/memberships/{member['id']}"
    assert (await world.get(world.student, path))["state"] == "approved"
    shown = (await world.get(world.student, "/v1/tasks"))["items"]
    assert [one["id"] for one in shown] == [tasks[kept["id"]]["id"]]
    refused = await world.post(
        world.student, f"/v1/tasks/{tasks[left['id']]['id']}/submissions", {"body": "x"}, 404
    )
    assert refused["code"] == "task_not_found"


async def test_r8_a_tutor_of_another_class_decides_nothing_here(world: World, stack: Stack) -> None:
    made = await world.study_session()
    member = await world.member(made)
    asked = await world.post(
        stack.as_user("student"), "/v1/memberships", {"join_code": made["session_code"]}
    )
    owner, other = world.tutor, stack.as_user("tutor")
    world.tutor = other
    await world.member(await world.study_session())  # the same student, in a class of the other's
    world.tutor = owner
    before = await postgres_fingerprint(world.parts.database)
    for one in (member, asked):
        for act, body in (("approval", None), ("decline", {}), ("removal", {})):
            path = f"/v1/memberships/{one['id']}/{act}"
            assert (await world.post(other, path, body, 404))["code"] == "membership_not_found"
    path = f"/v1/study-sessions/{made['id']}"
    change = {"name": "Mine", "zone": "UTC", "capacity": 1}
    answer = await world.client.patch(path, json=change, headers=other.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "study_session_not_found")
    task = {"study_session_id": made["id"], "title": "T", "due_at": "2999-01-01T00:00:00Z"}
    assert (await world.post(other, "/v1/tasks", task, 404))["code"] == "study_session_not_found"
    assert await postgres_fingerprint(world.parts.database) == before
    await world.post(owner, f"/v1/memberships/{asked['id']}/approval", expect=200)
