"""Marking by hand over HTTP, and what each one sees."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.ids import new_id
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack, User


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=2) as made:
        yield made


async def put(
    room: Room, item: UUID, body: dict[str, Any], what: str = "mark", **headers: str
) -> httpx.Response:
    path = f"/v1/grade-items/{item}/students/{room.students[0].id}/{what}"
    return await room.world.client.put(path, json=body, headers=room.world.tutor.headers | headers)


async def test_s12_a_manual_column_is_marked_by_hand(room: Room) -> None:
    path = f"/v1/study-sessions/{room.id}/grade-items"
    body = {"title": "Oral exam", "points": "20", "release": "at_once"}
    item = await room.world.post(room.world.tutor, path, body)
    answer = await put(room, UUID(item["id"]), {"points": "17.25", "comment": "clear"})
    found = answer.json()
    assert (found["total"], found["state"], found["comment"]) == ("17.25", "released", "clear")
    assert answer.headers["etag"] == '"1"'
    assert await room.world.get(room.students[0], f"/v1/marks/{found['id']}") == found


async def test_r3_if_match_keeps_one_of_two_tutors_from_overwriting(room: Room) -> None:
    item = await room.item()
    answers = await asyncio.gather(
        *(put(room, item, {"points": n}, **{"If-Match": '"0"'}) for n in (3, 4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    [refused] = [answer for answer in answers if answer.status_code == 412]
    assert refused.headers["etag"] == '"1"'
    assert len(await room.rows("SELECT 1 FROM mark_changes")) == 1


async def test_r6_points_cannot_exceed_the_maximum(room: Room) -> None:
    item = await room.item()
    refused = await put(room, item, {"points": "10.01"})
    assert refused.json()["fields"] == [
        {"pointer": "/points", "code": "above_maximum", "detail": "at most 10.00 points"}
    ]
    await room.mark(item, [part("q1", None, 4)])
    refused = await put(room, item, {"parts": [{"key": "q1", "points": "4.01"}]})
    assert refused.json()["fields"][0]["pointer"] == "/parts/0/points"


async def test_s_a9_open_parts_are_marked_one_by_one(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 2, 4, "auto"), part("essay", None, 6)])
    found = (await put(room, item, {"parts": [{"key": "essay", "points": 5, "note": "so"}]})).json()
    assert (found["total"], found["state"]) == ("7.00", "draft")
    assert [(one["key"], one["points"], one["source"], one["note"]) for one in found["parts"]] == [
        ("q1", "2.00", "auto", ""),
        ("essay", "5.00", "manual", "so"),
    ]
    found = (await put(room, item, {"parts": [{"key": "q1", "points": 3}]})).json()
    assert (found["total"], found["parts"][0]["source"]) == ("8.00", "override")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"parts": [{"key": "q9", "points": 1}]}, "unknown_part"),
        ({}, "unknown_part"),
        ({"points": 3}, "has_parts"),
    ],
)
async def test_what_does_not_fit_the_parts_is_refused(
    room: Room, body: dict[str, Any], code: str
) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 1, 4), part("q2", 1, 4)])
    answer = await put(room, item, body)
    assert (answer.status_code, answer.json()["fields"][0]["code"]) == (422, code)
    assert await room.rows("SELECT total FROM marks") == [(2,)]


async def test_s12_an_excuse_is_seen_but_not_the_draft_behind_it(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 3)], comment="weak")
    answer = await put(room, item, {"excused": True, "reason": "ill"}, "excuse")
    assert (answer.json()["excused"], answer.json()["total"]) == (True, "3.00")
    shown = await room.world.get(room.students[0], f"/v1/marks/{mark.id}")
    hidden = [shown[name] for name in ("total", "comment", "marked_at", "penalty_points")]
    assert (shown["excused"], shown["state"], shown["parts"]) == (True, "empty", [])
    assert hidden == [None] * 4
    changes = await room.world.get(room.students[0], f"/v1/marks/{mark.id}/changes")
    assert changes["items"] == []


async def test_s12_where_nothing_is_excused_nothing_is_taken_back(room: Room) -> None:
    item = await room.item(release="when_all_marked")
    answer = await put(room, item, {"excused": False}, "excuse")
    assert (answer.status_code, answer.json()["code"]) == (404, "mark_not_found")
    assert await room.rows("SELECT count(*) FROM marks") == [(0,)]
    await room.mark(item, [part("q1", 3)])
    answer = await put(room, item, {"excused": False}, "excuse")
    assert (answer.status_code, answer.json()["revision"]) == (200, 1)


async def test_only_students_of_the_class_are_marked(room: Room, stack: Stack) -> None:
    item = await room.item()
    for who in (stack.as_user("student").id, new_id()):
        path = f"/v1/grade-items/{item}/students/{who}/mark"
        answer = await room.world.client.put(
            path, json={"points": 1}, headers=room.world.tutor.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "student_not_found")
    assert await room.rows("SELECT count(*) FROM marks") == [(0,)]


async def test_s11_lists_show_each_one_their_own(room: Room) -> None:
    item = await room.item(release="at_once")
    for number, student in enumerate(room.students):
        await room.mark(item, [part("q1", number)], student)
    await room.mark(await room.item(), [part("q1", 9)])

    async def totals(user: User, query: str = "") -> list[str]:
        items = (await room.world.get(user, f"/v1/marks{query}"))["items"]
        return [one["total"] for one in items]

    assert await totals(room.world.tutor) == ["9.00", "1.00", "0.00"]
    assert await totals(room.world.tutor, f"?item_id={item}") == ["1.00", "0.00"]
    assert await totals(room.world.tutor, "?state=draft") == ["9.00"]
    assert await totals(room.students[0]) == ["0.00"]
    assert await totals(room.students[1]) == ["1.00"]
