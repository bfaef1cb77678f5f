"""After any history of edits: the past stands, ids stay, and rows agree with their rules (S-A3)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from libs import zones
from session_service.series import jobs
from tests.session_service.schedule import NOW, Class

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["one", "following", "all", "cancel", "end", "days", "wait"]),
        st.integers(0, 11),  # which lesson
        st.integers(-2, 2),  # by how many days
        st.sampled_from([0, 90, -60]),  # by how many minutes
        st.sampled_from([None, "FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;INTERVAL=3;COUNT=9"]),
    ),
    min_size=1,
    max_size=7,
)
ROWS = (
    "SELECT id, series_id, recurrence_id, title, local_start, starts_at, ends_at, state, sequence, "
    "revision FROM lessons WHERE study_session_id = :of ORDER BY id"
)


async def rows(made: Class, of: str) -> dict[UUID, Any]:
    found = await made.rows(ROWS, of=of)
    return {row[0]: row[1:] for row in found}


async def step(
    made: Class, of: str, kind: str, number: int, days: int, minutes: int, rule: str | None
) -> httpx.Response | None:
    client, headers = made.world.client, made.world.tutor.headers
    if kind == "wait":
        made.world.clock.move(timedelta(days=5 + number, hours=7))
        await jobs.extend(made.world.parts.database, jobs.ExtendSeries())
        return None
    if kind == "days":
        first_on = (made.world.clock.now() + timedelta(days=number)).date().isoformat()
        body: Any = {"holidays": [{"name": "H", "first_on": first_on}]}
        return await client.post(f"/v1/study-sessions/{of}/holidays", json=body, headers=headers)
    known = await made.lessons(study_session_id=of)
    lesson = known[number % len(known)]
    start = datetime.fromisoformat(lesson["recurrence_id"])
    body = {"local_start": (start + timedelta(days=days, minutes=minutes)).isoformat()}
    if kind != "one" and rule:
        body["rule"] = rule
    path = f"/v1/lessons/{lesson['id']}"
    if kind in ("cancel", "end"):
        path += "/cancellation" if kind == "cancel" else "/following/cancellation"
        return await client.post(path, headers=headers)
    if kind == "following":
        path += "/following"
    if kind == "all":
        path = f"/v1/lesson-series/{lesson['series_id']}"
    return await client.patch(path, json=body, headers=headers)


@settings(max_examples=25)
@given(steps=STEPS)
async def test_s_a3_no_history_changes_the_past_or_takes_ids(
    made: Class, steps: list[tuple[str, int, int, int, str | None]]
) -> None:
    made.world.clock.at = NOW
    of = (await made.world.study_session())["id"]
    await made.world.series({"id": of}, "2026-10-05T17:00", rule="FREQ=WEEKLY;COUNT=8")
    before = await rows(made, of)
    for one in steps:
        answer = await step(made, of, *one)
        assert answer is None or answer.status_code in (200, 201, 409, 422), answer.text
        now, after = made.world.clock.now(), await rows(made, of)
        assert set(before) <= set(after)
        begun = {key for key, row in before.items() if row[4] <= now}
        if one[0] != "wait":
            assert {key: after[key] for key in begun} == {key: before[key] for key in begun}
            assert all(after[key][4] > now for key in set(after) - begun)
        assert all(after[key][7] >= before[key][7] for key in before)
        before = after
    placed = await made.rows(
        "SELECT l.starts_at, l.local_start, l.zone, l.recurrence_id, l.moved, s.zone, "
        "l.ends_at - l.starts_at FROM lessons l JOIN lesson_series s ON s.id = series_id "
        "WHERE l.study_session_id = :of",
        of=of,
    )
    for starts_at, local_start, zone, place, moved, of_series, length in placed:
        assert starts_at == zones.to_instant(local_start, zone)
        assert moved or (local_start, zone) == (place, of_series)
        assert length == timedelta(hours=1)


async def test_two_edits_of_one_lesson_both_happen_or_one_is_stale(made: Class) -> None:
    await made.weekly()
    first = (await made.lessons())[0]
    path, headers = f"/v1/lessons/{first['id']}", made.world.tutor.headers
    bodies = [{"title": "One"}, {"local_start": "2026-10-20T10:00"}]

    async def edit(body: dict[str, str], tag: str) -> int:
        answer = await made.world.client.patch(path, json=body, headers=headers | {"If-Match": tag})
        return answer.status_code

    assert sorted(await asyncio.gather(*(edit(one, '"1"') for one in bodies))) == [200, 412]
    bodies = [{"title": "Two"}, {"local_start": "2026-10-21T10:00"}]
    assert await asyncio.gather(*(edit(one, "*") for one in bodies)) == [200, 200]
    found = next(one for one in await made.lessons() if one["id"] == first["id"])
    assert (found["title"], found["starts_at"]) == ("Two", "2026-10-21T08:00:00Z")
    assert found["sequence"] == 3


async def test_splits_of_one_series_come_one_after_the_other(made: Class) -> None:
    """Of four at once each takes its lesson and those after it, whoever comes first."""
    await made.weekly(rule="FREQ=WEEKLY;COUNT=15")
    before = await made.lessons()

    async def split(number: int) -> int:
        answer = await made.world.client.patch(
            f"/v1/lessons/{before[number]['id']}/following",
            json={"title": f"From {number}"}, headers=made.world.tutor.headers,
        )  # fmt: skip
        return answer.status_code

    assert await asyncio.gather(*(split(number) for number in (3, 6, 9, 12))) == [200] * 4
    after = await made.lessons()
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert [one["starts_at"] for one in after] == [one["starts_at"] for one in before]
    assert {one["title"] for one in after[:3]} == {"Algebra"}
    assert all(one["title"].startswith("From ") for one in after[3:])
    assert after[12]["title"] == after[14]["title"]


async def test_the_jobs_beside_edits_make_no_lesson_twice(made: Class) -> None:
    """Two workers extend a series while it is split and holidays come."""
    await made.weekly(rule="FREQ=WEEKLY")
    before = await made.lessons()
    made.world.clock.at = datetime(2026, 10, 30, tzinfo=UTC)
    database, headers = made.world.parts.database, made.world.tutor.headers
    days = {"holidays": [{"name": "H", "first_on": "2027-11-16", "last_on": "2027-11-24"}]}
    answers = await asyncio.gather(
        jobs.extend(database, jobs.ExtendSeries()),
        jobs.extend(database, jobs.ExtendSeries()),
        made.world.client.patch(
            f"/v1/lessons/{before[5]['id']}/following",
            json={"local_start": "2026-11-24T17:00"}, headers=headers,
        ),
        made.world.client.post(
            f"/v1/study-sessions/{made.id}/holidays", json=days, headers=headers
        ),
    )  # fmt: skip
    assert [one.status_code for one in answers if one is not None] == [200, 201]
    await jobs.extend(database, jobs.ExtendSeries())
    found = await made.rows(
        "SELECT recurrence_id::date::text, state FROM lessons WHERE state <> 'dropped' ORDER BY 1"
    )
    mondays = [f"2026-{day}" for day in ("10-19", "10-26", "11-02", "11-09", "11-16")]
    tuesdays = [date(2026, 11, 24) + timedelta(weeks=week) for week in range(54)]
    expected = [*mondays, *(day.isoformat() for day in tuesdays if day < date(2027, 12, 4))]
    assert [day for day, _ in found] == expected
    assert [day for day, state in found if state == "cancelled"] == ["2027-11-16", "2027-11-23"]
