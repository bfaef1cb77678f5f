"""Who may open a conversation, and what its members see."""

import asyncio
from typing import Any

import pytest

from libs.ids import new_id
from message_service.messages.models import Draft
from tests.message_service.world import World
from tests.stack import User


async def opened(world: World, who: User, **peer: Any) -> Any:
    """The answer to opening a conversation."""
    return await world.http.post("/v1/conversations", json=peer, headers=who.headers)


async def test_v_a3_tutor_and_student_of_a_class_open_one_conversation(world: World) -> None:
    tutor, student = world.stack.as_user("tutor"), world.stack.as_user("student")
    await world.entitle(tutor, student)
    answers = await asyncio.gather(
        *(opened(world, tutor, account_id=str(student.id)) for _ in range(5)),
        *(opened(world, student, user_code=tutor.code) for _ in range(5)),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    shown = answers[0].json()
    assert {member["user_code"] for member in shown["members"]} == {tutor.code, student.code}
    assert (shown["last_seq"], shown["read_up_to"]) == (0, 0)
    assert await world.count("conversations") == 1


async def test_v_a3_nobody_opens_one_without_a_shared_class(world: World) -> None:
    tutor, student = world.stack.as_user("tutor"), world.stack.as_user("student")
    await world.entitle(tutor, student)
    classmate, admin = world.stack.as_user("student"), world.stack.as_user("admin")
    await world.entitle(tutor, classmate)
    tries = [
        (student, {"account_id": str(classmate.id)}),
        (student, {"user_code": classmate.code}),
        (student, {"account_id": str(student.id)}),
        (student, {"account_id": str(new_id())}),
        (student, {"user_code": "NOBOD-0000000"}),
        (admin, {"account_id": str(student.id)}),
    ]
    for who, peer in tries:
        answer = await opened(world, who, **peer)
        assert (answer.status_code, answer.json()["code"]) == (404, "person_not_found")
    assert await world.count("conversations") == 0


@pytest.mark.parametrize("peer", [{}, {"account_id": str(new_id()), "user_code": "A"}, {"x": 1}])
async def test_exactly_one_name_is_needed(world: World, peer: dict[str, Any]) -> None:
    answer = await opened(world, world.stack.as_user(), **peer)
    assert answer.status_code == 422


async def test_the_list_is_by_latest_activity(world: World) -> None:
    tutor, found = world.stack.as_user("tutor"), []
    for _ in range(3):
        student = world.stack.as_user("student")
        await world.entitle(tutor, student)
        found.append((await opened(world, tutor, account_id=str(student.id))).json()["id"])

    async def listed(**query: Any) -> Any:
        answer = await world.http.get("/v1/conversations", params=query, headers=tutor.headers)
        assert answer.status_code == 200
        return answer.json()

    assert [item["id"] for item in (await listed())["items"]] == found[::-1]
    first = (await world.parts.mongo.database["conversations"].find().sort("_id", 1).to_list(1))[0]
    await world.parts.sender.send(Draft(first["_id"], tutor.id, new_id(), "hi", ""))
    page = await listed(limit=2)
    assert [item["id"] for item in page["items"]] == [found[0], found[2]]
    assert page["items"][0]["last_seq"] == 1
    rest = await listed(limit=2, cursor=page["next_cursor"])
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([found[1]], None)
    stranger = world.stack.as_user("tutor")
    answer = await world.http.get("/v1/conversations", headers=stranger.headers)
    assert answer.json() == {"items": [], "next_cursor": None}
