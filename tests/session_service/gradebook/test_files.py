"""Gradebooks as CSV files, both ways (S12)."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack
from tests.statements import statements


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=2) as made:
        yield made


async def export(room: Room, query: str = "") -> str:
    path = f"/v1/study-sessions/{room.id}/gradebook.csv{query}"
    answer = await room.world.client.get(path, headers=room.world.tutor.headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def load(room: Room, text: str | bytes, query: str = "", expect: int = 200) -> Any:
    path = f"/v1/study-sessions/{room.id}/gradebook-imports{query}"
    headers = room.world.tutor.headers | {"Content-Type": "text/csv"}
    answer = await room.world.client.post(path, content=text, headers=headers)
    assert answer.status_code == expect, answer.text
    return answer.json()


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


async def totals(room: Room) -> list[Any]:
    return await room.rows("SELECT total, excused FROM marks ORDER BY total, excused")


async def test_s12_no_cell_of_the_file_is_a_formula(room: Room) -> None:
    for title in ("=1+1", "+cmd", "-2", "@sum", "\uff1d1"):
        await room.item(title=title, release="at_once")
    await room.world.known(room.students[0], "=HYPERLINK(1)")
    found = table(await export(room))
    assert [title[:3] for title in found[0][2:7]] == ["'=1", "'+c", "'-2", "'@s", "'\uff1d1"]
    assert "'=HYPERLINK(1)" in {line[1] for line in found}
    assert not [cell for line in found for cell in line if cell.startswith(("=", "+", "-", "@"))]


async def test_s12_a_file_holds_released_marks_only_unless_drafts_are_asked_for(
    room: Room,
) -> None:
    await room.mark(await room.item(release="at_once"), [part("q1", "8.5")])
    await room.mark(await room.item(), [part("q1", 3)])
    await room.excuse(await room.item())
    shown = {line[0]: line[2:] for line in table(await export(room))}
    assert sorted(shown[room.students[0].code]) == ["", "8.50", "85.00", "excused"]
    assert shown[room.students[1].code] == ["", "", "", ""]
    shown = {line[0]: line[2:] for line in table(await export(room, "?drafts=true"))}
    assert sorted(shown[room.students[0].code]) == ["3.00", "8.50", "85.00", "excused"]


async def test_s12_what_went_out_comes_in_and_changes_nothing(room: Room) -> None:
    await room.mark(await room.item(release="at_once"), [part("q1", "8.5"), part("q2", 1)])
    await room.excuse(await room.item())
    found = await load(room, (await export(room, "?drafts=true")).encode())
    assert (found["applied"], found["rows"], found["changes"]) == (True, 2, [])


async def test_s12_a_dry_run_tells_and_changes_nothing(room: Room) -> None:
    item = await room.item()
    first, second = (student.code for student in room.students)
    text = f"student code;x [{item}]\r\n{first};8,5\r\n{second};excused\r\n"
    found = await load(room, text, "?dry_run=true")
    assert (found["applied"], found["problems"]) == (False, [])
    assert [(one["line"], one["before"], one["after"]) for one in found["changes"]] == [
        (2, "", "8.50"),
        (3, "", "excused"),
    ]
    assert await totals(room) == []
    assert (await load(room, text))["applied"]
    assert [(str(total), excused) for total, excused in await totals(room)] == [
        ("8.50", False),
        ("None", True),
    ]
    assert (await load(room, text))["changes"] == []
    words = await room.rows("SELECT DISTINCT reason FROM mark_words")
    assert words == [("Imported from a file.",)]


async def test_s12_with_one_bad_line_nothing_is_taken_and_each_is_named(room: Room) -> None:
    item = await room.item()
    first, second = (student.code for student in room.students)
    lines = (f"{first},8", "NOBODY,1", f"{second},10.01", f"{first},9", "", f"{second},1")
    text = "\n".join([f"student code,x [{item}]", *lines])
    found = await load(room, text)
    assert not found["applied"]
    assert [(one["line"], one["code"]) for one in found["problems"]] == [
        (3, "unknown_student"),
        (4, "above_maximum"),
        (5, "repeated_student"),
        (7, "repeated_student"),
    ]
    text = f"student code,x [{item}]\n{first},1.005\n{second},=1\n"
    assert [one["code"] for one in (await load(room, text))["problems"]] == ["not_a_number"] * 2
    assert await totals(room) == []


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (b"name\n", 1, "no_student_code"),
        (b"student code,oral exam\n", 1, "unknown_column"),
        (b"student code\na,b\n", 2, "too_many_fields"),
        (b"student code\n\xff\n", 2, "not_utf8"),
        (b"student code\na\0\n", 2, "not_csv"),
        (b'student code\n"a\n', 2, "not_csv"),
        (b"student code\n" + b"x\n" * 2001, 2002, "too_many_rows"),
        (b"student code\n" + b"x" * 201 + b"\n", 2, "too_long"),
    ],
)
async def test_s12_what_is_no_such_file_is_refused_with_its_line(
    room: Room, text: bytes, line: int, code: str
) -> None:
    answer = await load(room, text, expect=422)
    assert answer["code"] == "grade_file_refused"
    assert [(one["pointer"], one["code"]) for one in answer["fields"]] == [(f"/{line}", code)]


async def test_s12_a_column_of_another_class_is_unknown(room: Room, stack: Stack) -> None:
    async with open_room(stack) as other:
        item = await other.item()
        found = await load(room, f"student code,x [{item}]\n{room.students[0].code},1\n")
        assert [one["code"] for one in found["problems"]] == ["unknown_column"]


async def test_s12_a_work_of_parts_gets_an_adjustment(room: Room) -> None:
    item = await room.item(release="at_once")
    await room.mark(item, [part("q1", 3, 5), part("q2", None, 5)])
    await load(room, f"student code,x [{item}]\n{room.students[0].code},9.5\n")
    parts = await room.rows("SELECT key, points::text, source FROM mark_parts ORDER BY position")
    assert parts == [
        ("q1", "3.00", "manual"),
        ("q2", "0.00", "import"),
        ("adjustment", "6.50", "import"),
    ]
    assert [str(total) for total, _ in await totals(room)] == ["9.50"]


async def test_s12_an_import_takes_the_same_statements_for_any_number_of_cells(room: Room) -> None:
    """Two kinds of columns, an excuse given and one taken back, new marks and changed ones."""
    rules = ("at_once", "when_all_marked")
    items = [await room.item(release=rules[number % 2]) for number in range(10)]
    await room.mark(items[0], [part("q1", 3), part("q2", 2)])
    await room.excuse(items[2])
    codes = [student.code for student in room.students]
    counts = []
    for many in (2, 10):
        head = "student code," + ",".join(f"x [{item}]" for item in items[:many])
        cells = [str(1 + many % 7)] * many
        if many > 2:
            cells[4] = "excused"
        lines = [head, *(",".join([code, *cells]) for code in codes)]
        with statements() as seen:
            found = await load(room, "\n".join(lines), "?reason=oral")
        assert (found["applied"], len(found["changes"])) == (True, 2 * many)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert await room.rows("SELECT count(*), sum(m.revision) FROM marks m") == [
        (20, len(await room.rows("SELECT 1 FROM mark_changes")))
    ]
    first = room.students[0].id
    trail = (
        "SELECT c.kind, c.from_total, c.to_total, c.to_state, w.reason FROM mark_changes c "
        "JOIN marks m ON m.id = c.mark_id LEFT JOIN mark_words w ON w.change_id = c.id "
        "WHERE m.item_id = :item AND m.student_id = :student ORDER BY c.number"
    )
    assert await room.rows(trail, item=items[0], student=first) == [
        ("marked", None, 5, "released", None),
        ("marked", 5, 3, "released", "oral"),
        ("marked", 3, 4, "released", "oral"),
    ]
    assert await room.rows(trail, item=items[1], student=first) == [
        ("marked", None, 3, "draft", "oral"),
        ("released", 3, 3, "released", None),
        ("marked", 3, 4, "released", "oral"),
    ]
    assert await room.rows(trail, item=items[2], student=first) == [
        ("excused", None, None, "empty", "ill"),
        ("unexcused", None, None, "empty", "oral"),
        ("marked", None, 4, "released", "oral"),
    ]
    assert await room.rows(trail, item=items[4], student=first) == [
        ("excused", None, None, "empty", "oral")
    ]
    parts = "SELECT p.key, p.points FROM mark_parts p JOIN marks m ON m.id = p.mark_id WHERE "
    assert await room.rows(
        f"{parts} m.item_id = :item AND m.student_id = :student ORDER BY p.position",
        item=items[0], student=first,
    ) == [("q1", 3), ("q2", 2), ("adjustment", -1)]  # fmt: skip
    assert len(await room.told("studyzed.mark.changed")) == 5
    states = await room.rows("SELECT state, count(*) FROM marks GROUP BY 1 ORDER BY 1")
    assert states == [("empty", 2), ("released", 18)]


async def test_s12_of_very_many_problems_the_first_are_named(room: Room) -> None:
    item = await room.item()
    lines = [f"student code,x [{item}]", *(f"NOBODY{number},1" for number in range(150))]
    found = await load(room, "\n".join(lines))
    assert (found["applied"], len(found["problems"]), found["more_problems"]) == (False, 100, 50)
    assert found["problems"][-1]["line"] == 101
