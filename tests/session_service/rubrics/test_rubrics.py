"""Rubrics: levels, ranges, free form, and reuse (S10)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack

LEVEL = {"key": "x", "title": "X", "points": 2}
RUBRIC: dict[str, Any] = {
    "title": "Essay",
    "criteria": [
        {
            "key": "thesis",
            "title": "Thesis",
            "levels": [
                {"key": "none", "title": "None", "points": 0},
                {"key": "clear", "title": "Clear", "points": 3},
            ],
        },
        {
            "key": "proof",
            "title": "Proof",
            "levels": [
                {"key": "weak", "title": "Weak", "points": 0, "up_to": 2},
                {"key": "strong", "title": "Strong", "points": "2.5", "up_to": 4},
            ],
        },
        {"key": "style", "title": "Style", "maximum": 3},
    ],
}


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack) as made:
        yield made


async def put(room: Room, path: str, body: Any, expect: int = 200, **headers: str) -> Any:
    answer: httpx.Response = await room.world.client.put(
        path, json=body, headers=room.world.tutor.headers | headers
    )
    assert answer.status_code == expect, answer.text
    return answer.json()


async def prepared(room: Room) -> tuple[Any, UUID]:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    item = await room.item(kind="task")
    await put(room, f"/v1/grade-items/{item}/rubric", {"rubric_id": made["id"]})
    return made, item


async def mark(room: Room, item: UUID, expect: int = 200, **body: Any) -> Any:
    path = f"/v1/grade-items/{item}/students/{room.students[0].id}/rubric-mark"
    choices = [
        {"criterion": name} | ({"level": value} if isinstance(value, str) else value)
        for name, value in body.items()
    ]
    return await put(room, path, {"choices": choices}, expect)


async def test_s10_levels_ranges_and_free_form_come_to_one_mark(room: Room) -> None:
    made, item = await prepared(room)
    assert made["points"] == "10.00"
    found = await mark(room, item, thesis="clear", style={"points": "2.25", "note": "lively"})
    assert (found["state"], found["total"]) == ("needs_marking", None)
    found = await mark(room, item, proof={"level": "strong", "points": "3.5"})
    assert (found["state"], found["total"]) == ("released", "8.75")
    assert [(one["key"], one["points"], one["maximum"], one["note"]) for one in found["parts"]] == [
        ("thesis", "3.00", "3.00", ""),
        ("proof", "3.50", "4.00", ""),
        ("style", "2.25", "3.00", "lively"),
    ]
    assert {(one["source"], one["rule"]) for one in found["parts"]} == {
        ("rubric", f"{made['id']}@1")
    }


@pytest.mark.parametrize(
    ("choice", "pointer", "code"),
    [
        ({"beauty": {"points": 1}}, "/choices/0/criterion", "unknown_criterion"),
        ({"thesis": "good"}, "/choices/0/level", "unknown_level"),
        ({"thesis": {"points": 1}}, "/choices/0/level", "missing"),
        ({"thesis": {"level": "clear", "points": 1}}, "/choices/0/points", "out_of_range"),
        ({"proof": "strong"}, "/choices/0/points", "out_of_range"),
        ({"proof": {"level": "strong", "points": 2}}, "/choices/0/points", "out_of_range"),
        ({"style": {"points": "3.01"}}, "/choices/0/points", "out_of_range"),
    ],
)
async def test_s10_what_the_rubric_does_not_have_is_refused(
    room: Room, choice: dict[str, Any], pointer: str, code: str
) -> None:
    _, item = await prepared(room)
    [wrong] = (await mark(room, item, 422, **choice))["fields"]
    assert (wrong["pointer"], wrong["code"]) == (pointer, code)
    assert await room.rows("SELECT count(*) FROM mark_changes") == [(0,)]


async def test_s10_a_new_version_leaves_marked_works_as_they_are(room: Room) -> None:
    made, item = await prepared(room)
    await mark(room, item, thesis="clear")
    path = f"/v1/rubrics/{made['id']}"
    cheaper = {"title": "Essay", "criteria": [{"key": "all", "title": "All", "maximum": 10}]}
    changed = await put(room, path, cheaper, 200, **{"If-Match": '"1"'})
    assert (changed["version"], len(changed["criteria"])) == (2, 1)
    seen = await room.world.get(room.students[0], f"/v1/grade-items/{item}/rubric")
    assert (seen["version"], len(seen["criteria"])) == (1, 3)
    other = await room.item(kind="manual")
    attached = await put(room, f"/v1/grade-items/{other}/rubric", {"rubric_id": made["id"]})
    assert attached["version"] == 2


async def test_s10_two_who_change_a_rubric_lose_nothing(room: Room) -> None:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    path, headers = f"/v1/rubrics/{made['id']}", room.world.tutor.headers | {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(room.world.client.put(path, json=RUBRIC, headers=headers) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await room.rows("SELECT count(*) FROM rubric_versions") == [(2,)]


async def test_s10_a_rubric_must_fit_the_work(room: Room) -> None:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    for item in (await room.item(), await room.item(kind="task", points=9)):
        path = f"/v1/grade-items/{item}/rubric"
        answer = await put(room, path, {"rubric_id": made["id"]}, 409)
        assert answer["code"] == "rubric_does_not_fit"
    await room.mark(await room.item(), [part("q1", 1)])


async def test_s10_a_work_of_other_points_by_now_is_not_marked_by_its_rubric(room: Room) -> None:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    item = await room.item(kind="manual")
    await put(room, f"/v1/grade-items/{item}/rubric", {"rubric_id": made["id"]})
    fewer = await room.world.client.patch(
        f"/v1/grade-items/{item}", json={"points": 5}, headers=room.world.tutor.headers
    )
    assert fewer.status_code == 200, fewer.text
    answer = await mark(room, item, 409, thesis="clear", style={"points": 3})
    assert answer["code"] == "rubric_does_not_fit"
    assert await room.rows("SELECT count(*) FROM marks") == [(0,)]


async def test_s10_a_manual_column_goes_with_its_choice_of_a_rubric(room: Room) -> None:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    item = await room.item(kind="manual")
    await put(room, f"/v1/grade-items/{item}/rubric", {"rubric_id": made["id"]})
    path = f"/v1/grade-items/{item}"
    answer = await room.world.client.delete(path, headers=room.world.tutor.headers)
    assert answer.status_code == 204, answer.text
    await room.world.get(room.world.tutor, path, expect=404)
    await room.world.get(room.world.tutor, f"/v1/rubrics/{made['id']}")


@pytest.mark.parametrize(
    "criteria",
    [
        [],
        [{"key": "a", "title": "A"}],
        [{"key": "a", "title": "A", "maximum": 1}] * 2,
        [{"key": "a", "title": "A", "levels": [LEVEL | {"up_to": 1}]}],
        [{"key": "a", "title": "A", "levels": [LEVEL] * 2}],
        [{"key": "a", "title": "A", "maximum": 1, "description": "a zero byte: \0"}],
    ],
)
async def test_s10_a_rubric_that_makes_no_sense_is_refused(room: Room, criteria: Any) -> None:
    body = {"title": "Essay", "criteria": criteria}
    await room.world.post(room.world.tutor, "/v1/rubrics", body, expect=422)
    assert (await room.world.get(room.world.tutor, "/v1/rubrics"))["items"] == []


async def test_s_a4_late_work_loses_its_penalty_however_it_is_marked(room: Room) -> None:
    made = await room.world.post(room.world.tutor, "/v1/rubrics", RUBRIC)
    policy = {"grace_minutes": 0, "percent_per_day": 10, "cut_off_minutes": 4320}
    due = room.world.clock.now() + timedelta(days=1)
    task = await room.world.post(
        room.world.tutor,
        "/v1/tasks",
        {
            "study_session_id": room.made["id"], "title": "Essay", "due_at": due.isoformat(),
            "late_policy": policy,
        },
    )  # fmt: skip
    await put(room, f"/v1/grade-items/{task['id']}/rubric", {"rubric_id": made["id"]})
    room.world.clock.move(timedelta(days=2, hours=1))
    work = await room.world.post(
        room.students[0], f"/v1/tasks/{task['id']}/submissions", {"body": "late"}
    )
    full = {"proof": {"level": "strong", "points": 4}, "style": {"points": 3}}
    found = await mark(room, task["id"], 200, thesis="clear", **full)
    assert (found["total"], found["penalty_points"]) == ("8.00", "2.00")
    assert found["work_id"] == work["id"]
    seen = await room.world.get(room.students[0], f"/v1/submissions/{work['id']}/mark")
    assert (seen["points"], seen["penalty_points"]) == ("8.00", "2.00")
    path = f"/v1/grade-items/{task['id']}/students/{room.students[0].id}/mark"
    parts = [{"key": "style", "points": 1}]
    found = await put(room, path, {"parts": parts, "reason": "too short"})
    assert (found["total"], found["penalty_points"]) == ("6.40", "1.60")
