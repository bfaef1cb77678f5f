"""Holidays skip lessons and give them back (S26)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from session_service.series import jobs
from tests.session_service.schedule import Class
from tests.stack import Stack


async def add(made: Class, *days: tuple[str, str | None], expect: int = 201) -> Any:
    holidays = [{"name": "Holiday", "first_on": a, "last_on": b} for a, b in days]
    path = f"/v1/study-sessions/{made.id}/holidays"
    return await made.world.post(made.world.tutor, path, {"holidays": holidays}, expect)


async def remove(made: Class, holiday: dict[str, Any]) -> Any:
    answer = await made.world.client.delete(
        f"/v1/holidays/{holiday['id']}", headers=made.world.tutor.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_s26_a_list_of_holidays_cancels_and_gives_back(made: Class) -> None:
    await made.weekly()
    before = await made.lessons()
    answer = await add(made, ("2026-10-26", None), ("2026-11-08", "2026-11-16"))
    gone = [before[1]["id"], before[3]["id"], before[4]["id"]]
    assert sorted(answer["lesson_ids"]) == sorted(gone)
    assert await made.starts() == [
        "10-19 15:00", "11-02 16:00", "11-23 16:00", "11-30 16:00", "12-07 16:00", "12-14 16:00",
        "12-21 16:00",
    ]  # fmt: skip
    after = await made.lessons()
    assert after[1] == before[1] | {
        "state": "cancelled", "holiday_id": answer["holidays"][0]["id"], "sequence": 1
    }  # fmt: skip
    [told] = await made.events("studyzed.holidays.added")
    assert (told["first_on"], told["last_on"]) == ("2026-10-26", "2026-11-16")
    assert (await remove(made, answer["holidays"][1]))["lesson_ids"] == sorted(gone[1:])
    path = f"/v1/study-sessions/{made.id}/holidays"
    page = await made.world.get(made.world.student, path)
    assert [one["first_on"] for one in page["items"]] == ["2026-10-26"]
    after = await made.lessons()
    assert after[3] == before[3] | {"sequence": 2}
    [told] = await made.events("studyzed.holidays.removed")
    assert sorted(told["lesson_ids"]) == sorted(gone[1:])


async def test_s26_a_lesson_under_two_holidays_needs_both_removed(made: Class) -> None:
    await made.weekly()
    one = (await add(made, ("2026-10-26", None)))["holidays"][0]
    two = (await add(made, ("2026-10-20", "2026-11-01")))["holidays"][0]
    assert (await remove(made, one))["lesson_ids"] == []
    assert (await made.lessons())[1]["holiday_id"] == two["id"]
    assert len((await remove(made, two))["lesson_ids"]) == 1
    assert len(await made.starts()) == 10


async def test_s26_what_somebody_cancelled_a_holiday_does_not_give_back(made: Class) -> None:
    await made.weekly()
    second = (await made.lessons())[1]
    path = f"/v1/lessons/{second['id']}/cancellation"
    await made.world.post(made.world.tutor, path, expect=200)
    holiday = (await add(made, ("2026-10-26", None)))["holidays"][0]
    assert (await remove(made, holiday))["lesson_ids"] == []
    assert (await made.lessons())[1]["state"] == "cancelled"


async def test_s26_one_lesson_may_be_held_on_a_holiday(made: Class) -> None:
    answer = await made.weekly()
    await add(made, ("2026-10-26", None))
    path = f"/v1/lessons/{answer['lesson_ids'][1]}/cancellation"
    restored = await made.world.client.delete(path, headers=made.world.tutor.headers)
    assert restored.json()["state"] == "scheduled"
    await made.patch(f"/v1/lesson-series/{answer['series']['id']}", {"title": "Geometry"})
    assert len(await made.starts()) == 10


async def test_s26_the_past_keeps_its_holidays(made: Class) -> None:
    await made.weekly()
    holiday = (await add(made, ("2026-10-19", "2026-10-26")))["holidays"][0]
    made.world.clock.at = datetime(2026, 10, 20, tzinfo=UTC)
    before = await made.lessons()
    assert (await remove(made, holiday))["lesson_ids"] == [before[1]["id"]]
    assert (await made.lessons())[0] == before[0]
    assert before[0]["holiday_id"] == holiday["id"]


async def test_s26_new_times_leave_a_holiday_and_meet_another(made: Class) -> None:
    answer = await made.weekly()
    await add(made, ("2026-10-26", None), ("2026-11-03", None))
    body = {"local_start": "2026-10-20T17:00"}
    await made.patch(f"/v1/lesson-series/{answer['series']['id']}", body)
    states = {one["local_start"][5:10]: one["state"] for one in await made.lessons()}
    assert (states["10-27"], states["11-03"]) == ("scheduled", "cancelled")


async def test_s26_lessons_that_are_made_later_keep_holidays(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY")
    await add(made, ("2027-11-08", None))
    made.world.clock.at = datetime(2026, 10, 20, tzinfo=UTC)
    await jobs.extend(made.world.parts.database, jobs.ExtendSeries())
    made_later = await made.rows(
        "SELECT recurrence_id::date::text, state FROM lessons WHERE recurrence_id > '2027-11-02' "
        "ORDER BY 1"
    )
    assert made_later == [
        ("2027-11-08", "cancelled"), ("2027-11-15", "scheduled"), ("2027-11-22", "scheduled")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last"), [("2026-10-26", "2026-10-25"), ("2026-10-26", "2027-10-28")]
)
async def test_s26_a_holiday_has_an_order(made: Class, first: str, last: str) -> None:
    refused = await add(made, (first, last), expect=422)
    assert refused["code"] == "invalid"


async def test_s26_holidays_are_not_without_end(made: Class) -> None:
    for _ in range(5):
        await add(made, *[("2026-10-26", None)] * 100)
    assert (await add(made, ("2026-10-26", None), expect=409))["code"] == "too_many_holidays"


async def test_s26_a_foreign_class_s_holidays_are_nobody_s_business(
    made: Class, stack: Stack
) -> None:
    await add(made, ("2026-10-26", None))
    path = f"/v1/study-sessions/{made.id}/holidays"
    refused = await made.world.get(stack.as_user("student"), path, expect=404)
    assert refused["code"] == "study_session_not_found"
