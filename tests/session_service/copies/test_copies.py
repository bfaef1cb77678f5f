"""S35: a class once more for the next term."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from libs import zones
from libs.clock import FixedClock
from session_service.copies.shifts import Shift, between
from tests.session_service.world import World, open_world
from tests.stack import Stack
from tests.statements import statements

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
SETTINGS = {
    "capacity": 12, "admission": "open", "attendance_percent": 60, "late_minutes": 5,
    "early_minutes": 15, "description": "Sums", "zone": "Europe/Berlin",
}  # fmt: skip


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    clock = FixedClock(NOW)
    async with open_world(stack, clock) as made:
        yield made


@pytest.fixture
async def source(world: World) -> dict[str, Any]:
    """A class in Berlin with settings, folders, material and tasks."""
    made = await world.study_session()
    path = f"/v1/study-sessions/{made['id']}"
    answer = await world.client.patch(path, json=SETTINGS, headers=world.tutor.headers)
    assert answer.status_code == 200
    return made


async def task(world: World, made: dict[str, Any], title: str, due_at: str) -> None:
    body = {"study_session_id": made["id"], "title": title, "due_at": due_at, "points": "7.50"}
    await world.post(world.tutor, "/v1/tasks", body)


async def copy(world: World, made: dict[str, Any], body: Any, expect: int = 201) -> Any:
    return await world.post(
        world.tutor, f"/v1/study-sessions/{made['id']}/copies", body, expect=expect
    )


async def tasks_of(world: World, study_session_id: str) -> list[tuple[str, str, str]]:
    path = f"/v1/tasks?study_session_id={study_session_id}"
    items = (await world.get(world.tutor, path))["items"]
    return sorted((one["title"], one["due_at"], one["points"]) for one in items)


async def test_s35_a_copy_has_the_settings_and_tasks_at_the_same_time_of_day(
    world: World, source: dict[str, Any]
) -> None:
    await task(world, source, "Winter", "2026-11-02T16:00:00Z")  # 17:00 in Berlin, UTC+1
    await task(world, source, "Summer", "2026-10-05T15:00:00Z")  # 17:00 in Berlin, UTC+2
    found = await copy(world, source, {"name": "Maths II", "shift_days": 182})
    made = found.pop("study_session")
    assert found == {
        "shift_days": 182, "folders": 0, "materials": 0, "tasks": 2, "series": 0,
        "left_out_material_ids": [], "left_out_series_ids": [],
    }  # fmt: skip
    assert {name: made[name] for name in SETTINGS} == SETTINGS
    assert (made["name"], made["state"], made["paid_at"]) == ("Maths II", "pending", None)
    assert made["id"] != source["id"]
    assert made["session_code"] != source["session_code"]
    assert await tasks_of(world, made["id"]) == [
        ("Summer", "2027-04-05T15:00:00Z", "7.50"),
        ("Winter", "2027-05-03T15:00:00Z", "7.50"),
    ]
    assert (await world.published())[-3:] == [
        "studyzed.study_session.created",
        "studyzed.task.assigned",
        "studyzed.task.assigned",
    ]


async def test_s35_the_first_date_falls_on_a_day(world: World, source: dict[str, Any]) -> None:
    # 23:30 UTC is the next day in Berlin.
    await task(world, source, "First", "2026-10-04T23:30:00Z")
    await task(world, source, "Second", "2026-10-12T15:00:00Z")
    found = await copy(world, source, {"starts_on": "2027-04-05"})
    assert found["shift_days"] == 182
    assert found["study_session"]["name"] == source["name"]
    assert await tasks_of(world, found["study_session"]["id"]) == [
        ("First", "2027-04-04T23:30:00Z", "7.50"),
        ("Second", "2027-04-12T15:00:00Z", "7.50"),
    ]


async def test_s35_folders_links_and_notes_come_along(world: World, source: dict[str, Any]) -> None:
    path = f"/v1/study-sessions/{source['id']}/folders"
    outer = await world.post(world.tutor, path, {"name": "Outer"})
    inner = await world.post(world.tutor, path, {"name": "Inner", "parent_id": outer["id"]})
    ids = {}
    for title, kind, more in (
        ("Shown", "note", {"text": "Read this", "folder_id": inner["id"]}),
        ("Later", "link", {"link": "https://example.org/", "folder_id": outer["id"]}),
        ("Draft", "note", {"text": "Not yet"}),
        ("File", "file", {}),
    ):
        body = {"study_session_id": source["id"], "title": title, "kind": kind, **more}
        ids[title] = (await world.post(world.tutor, "/v1/materials", body))["id"]
    for title, when in (("Shown", {}), ("Later", {"at": "2026-11-02T07:00:00Z"})):
        publication = f"/v1/materials/{ids[title]}/publication"
        await world.post(world.tutor, publication, when, expect=200)
    found = await copy(world, source, {"shift_days": 182})
    assert (found["folders"], found["materials"]) == (2, 3)
    assert found["left_out_material_ids"] == [ids["File"]]
    statement = text(
        "SELECT m.title, m.state, m.link, m.text, f.name, p.name AS parent, m.publish_at "
        "FROM materials m LEFT JOIN folders f ON f.id = m.folder_id "
        "LEFT JOIN folders p ON p.id = f.parent_id "
        "WHERE m.study_session_id = :id AND coalesce(f.study_session_id, :id) = :id "
        "AND coalesce(p.study_session_id, :id) = :id ORDER BY m.title"
    )
    async with world.parts.database.transaction() as session:
        rows = await session.execute(statement, {"id": UUID(found["study_session"]["id"])})
    shown = NOW + timedelta(days=182)  # 10:00 in Berlin, in summer both times
    assert [tuple(row) for row in rows] == [
        ("Draft", "draft", None, "Not yet", None, None, None),
        ("Later", "draft", "https://example.org/", None, "Outer", None,
         datetime(2027, 5, 3, 6, tzinfo=UTC)),
        ("Shown", "draft", None, "Read this", "Inner", "Outer", shown),
    ]  # fmt: skip


async def lessons_of(world: World, study_session_id: str) -> list[tuple[str, str, str]]:
    """Title, wall time and instant of each, in order."""
    statement = text(
        "SELECT title, to_char(local_start, 'MM-DD HH24:MI'), "
        "to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') FROM lessons "
        "WHERE study_session_id = :id ORDER BY starts_at"
    )
    async with world.parts.database.transaction() as session:
        rows = await session.execute(statement, {"id": UUID(study_session_id)})
    return [(row[0], row[1], row[2]) for row in rows]


async def series(world: World, made: dict[str, Any], local_start: str, **fields: Any) -> Any:
    body = {
        "study_session_id": made["id"], "title": "Lesson", "local_start": local_start,
        "zone": "Europe/Berlin", **fields,
    }  # fmt: skip
    return await world.post(world.tutor, "/v1/lesson-series", body)


async def test_s35_lessons_at_17_00_stay_at_17_00_across_a_change_of_clocks(
    world: World, source: dict[str, Any]
) -> None:
    await series(world, source, "2026-10-19T17:00", rule="FREQ=WEEKLY;COUNT=3", title="Weekly")
    await series(world, source, "2026-10-20T09:30", title="Once", minutes=45)
    assert await lessons_of(world, source["id"]) == [
        ("Weekly", "10-19 17:00", "10-19 15:00"),
        ("Once", "10-20 09:30", "10-20 07:30"),
        ("Weekly", "10-26 17:00", "10-26 16:00"),
        ("Weekly", "11-02 17:00", "11-02 16:00"),
    ]
    found = await copy(world, source, {"starts_on": "2027-03-22"})
    assert (found["shift_days"], found["series"], found["left_out_series_ids"]) == (154, 2, [])
    assert await lessons_of(world, found["study_session"]["id"]) == [
        ("Weekly", "03-22 17:00", "03-22 16:00"),
        ("Once", "03-23 09:30", "03-23 08:30"),
        ("Weekly", "03-29 17:00", "03-29 15:00"),
        ("Weekly", "04-05 17:00", "04-05 15:00"),
    ]
    assert (await world.published())[-3:] == [
        "studyzed.study_session.created",
        "studyzed.series.scheduled",
        "studyzed.lesson.scheduled",
    ]


async def test_s35_a_rule_keeps_its_end_and_turns_with_the_week(
    world: World, source: dict[str, Any]
) -> None:
    # Mondays and Thursdays; UNTIL is 17:00 in Berlin on the last Monday, in winter.
    rule = "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261026T160000Z"
    await series(world, source, "2026-10-19T17:00", rule=rule)
    found = await copy(world, source, {"shift_days": 155})
    assert [row[1] for row in await lessons_of(world, found["study_session"]["id"])] == [
        "03-23 17:00", "03-26 17:00", "03-30 17:00",
    ]  # fmt: skip


async def test_s35_a_series_that_a_shift_cannot_keep_is_named(
    world: World, source: dict[str, Any]
) -> None:
    rule = "FREQ=MONTHLY;BYDAY=1MO;COUNT=3"
    made = await series(world, source, "2026-11-02T17:00", rule=rule)
    found = await copy(world, source, {"shift_days": 182})
    left_out = found["left_out_series_ids"]
    assert (found["series"], left_out) == (0, [made["series"]["id"]])


async def test_s35_what_was_changed_for_one_lesson_stays_behind(
    world: World, source: dict[str, Any]
) -> None:
    made = await series(world, source, "2026-10-19T17:00", rule="FREQ=WEEKLY;COUNT=2")
    off = await series(world, source, "2026-10-21T17:00", title="Called off")
    for lesson_id in (made["lesson_ids"][1], off["lesson_ids"][0]):
        await world.post(world.tutor, f"/v1/lessons/{lesson_id}/cancellation", expect=200)
    found = await copy(world, source, {"shift_days": 154})
    assert [row[1] for row in await lessons_of(world, found["study_session"]["id"])] == [
        "03-22 17:00", "03-29 17:00",
    ]  # fmt: skip


async def test_s35_lessons_too_far_ahead_are_refused(world: World, source: dict[str, Any]) -> None:
    await series(world, source, "2026-10-19T17:00", rule="FREQ=WEEKLY;COUNT=3")
    answer = await copy(world, source, {"shift_days": 400}, expect=422)
    wrong = [(one["pointer"], one["code"]) for one in answer["fields"]]
    assert wrong == [("/shift_days", "shifted_too_far")]


async def test_s35_members_and_work_stay_behind(world: World, source: dict[str, Any]) -> None:
    await world.member(source)
    found = await copy(world, source, {"shift_days": 1})
    path = f"/v1/study-sessions/{found['study_session']['id']}/memberships"
    assert (await world.get(world.tutor, path))["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"shift_days": 20}, "/shift_days"), ({"starts_on": "2026-10-25"}, "/starts_on")],
)
async def test_s35_nothing_is_copied_into_the_past(
    world: World, source: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    await task(world, source, "First", "2026-10-05T15:00:00Z")
    world.clock.move(timedelta(days=30))
    before = await world.published()
    answer = await copy(world, source, body, expect=422)
    wrong = [(one["pointer"], one["code"]) for one in answer["fields"]]
    assert wrong == [(pointer, "shifted_into_the_past")]
    assert await world.published() == before
    assert len((await world.get(world.tutor, "/v1/study-sessions"))["items"]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"shift_days": 1, "starts_on": "2027-01-01"}, {"shift_days": 0}]
)
async def test_s35_one_shift_is_needed(
    world: World, source: dict[str, Any], body: dict[str, Any]
) -> None:
    await copy(world, source, body, expect=422)


async def test_s35_the_same_key_copies_once(world: World, source: dict[str, Any]) -> None:
    headers = world.tutor.headers | {"Idempotency-Key": "next-term"}
    path = f"/v1/study-sessions/{source['id']}/copies"
    answers = [
        await world.client.post(path, json={"shift_days": 1}, headers=headers) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len((await world.get(world.tutor, "/v1/study-sessions"))["items"]) == 2


async def test_s35_material_of_a_booked_lesson_stays_behind(
    world: World, source: dict[str, Any]
) -> None:
    made = await series(world, source, "2026-10-20T17:00", rule=None)
    body = {"study_session_id": source["id"], "title": "Yours", "kind": "note", "text": "x"}
    body["lesson_id"] = made["lesson_ids"][0]
    await world.post(world.tutor, "/v1/materials", body)
    assert (await copy(world, source, {"shift_days": 182}))["materials"] == 1
    async with world.parts.database.transaction() as session:
        await session.execute(text("UPDATE lessons SET student_id = :id"), {"id": world.student.id})
    assert (await copy(world, source, {"shift_days": 182}))["materials"] == 0


async def test_s35_statements_do_not_grow_with_the_class(
    world: World, source: dict[str, Any]
) -> None:
    counts = []
    folders = f"/v1/study-sessions/{source['id']}/folders"
    outer = await world.post(world.tutor, folders, {"name": "Outer"})
    for n in range(2):
        await world.post(world.tutor, folders, {"name": f"{n}", "parent_id": outer["id"]})
        await task(world, source, f"Task {n}", "2026-11-02T16:00:00Z")
        await series(world, source, f"2026-10-2{n}T17:00", rule="FREQ=WEEKLY;COUNT=3")
        body = {"study_session_id": source["id"], "title": f"{n}", "kind": "note", "text": "x"}
        await world.post(world.tutor, "/v1/materials", body)
        with statements() as sent:
            await copy(world, source, {"shift_days": 182})
        counts.append(len(sent))
    assert counts[0] == counts[1]


ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo",
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
]  # fmt: skip


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  (wall times)
    st.sampled_from(ZONES),
    st.integers(1, 1_100),
)
def test_s35_the_time_of_day_stays(wall: datetime, zone: str, days: int) -> None:
    at = zones.to_instant(wall, zone)
    seen, shifted = zones.to_wall(at, zone), Shift(days).instant(at, zone)
    later = zones.to_wall(shifted, zone)
    meant = seen + timedelta(days=days)
    skipped = zones.to_wall(zones.to_instant(meant, zone), zone) != meant
    assert later == meant or (skipped and timedelta() < later - meant <= timedelta(hours=1))


def test_s35_nothing_dated_is_not_moved() -> None:
    assert between([], date(2027, 1, 1)) == 0
