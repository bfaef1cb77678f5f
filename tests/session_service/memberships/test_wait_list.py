"""The wait list in its order, as the tutor and each student see it (S3)."""

from collections.abc import AsyncIterator

import pytest

from tests.session_service.world import World, open_world
from tests.stack import Stack
from tests.statements import statements


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as world:
        yield world


async def test_s3_the_tutor_sees_the_wait_list_in_order_page_by_page(
    world: World, stack: Stack
) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    students = [stack.as_user("student") for _ in range(6)]
    code = {"join_code": made["session_code"]}
    rows = [await world.post(one, "/v1/memberships", code) for one in students]
    assert [one["state"] for one in rows] == ["pending", *["waiting"] * 5]
    await world.post(students[2], f"/v1/memberships/{rows[2]['id']}/departure", expect=200)
    await world.post(students[2], "/v1/memberships", code)  # behind all others now
    expected = [str(students[number].id) for number in (1, 3, 4, 5, 2)]
    path, cursor, found = f"/v1/study-sessions/{made['id']}/wait-list?limit=2", "", []
    for size in (2, 2, 1):
        with statements() as sent:
            page = await world.get(world.tutor, path + cursor)
        assert (len(page["items"]), len(sent)) == (size, 2)
        found += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert [one["student_id"] for one in found] == expected
    assert [one["place"] for one in found] == [1, 2, 3, 4, 5]
    own = await world.get(students[4], f"/v1/memberships/{rows[4]['id']}")
    assert (own["state"], own["place"]) == ("waiting", 3)


async def test_s3_who_gets_a_seat_leaves_the_wait_list(world: World, stack: Stack) -> None:
    made = await world.study_session()
    await world.seats(made, 1)
    students = [stack.as_user("student") for _ in range(3)]
    code = {"join_code": made["session_code"]}
    rows = [await world.post(one, "/v1/memberships", code) for one in students]
    path = f"/v1/memberships/{rows[0]['id']}/decline"
    await world.post(world.tutor, path, {"reason": ""}, expect=200)
    page = await world.get(world.tutor, f"/v1/study-sessions/{made['id']}/wait-list")
    assert [(one["student_id"], one["place"]) for one in page["items"]] == [
        (str(students[2].id), 1)
    ]
