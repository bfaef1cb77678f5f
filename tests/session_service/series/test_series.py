"""Series over HTTP: making them, and changing this lesson and the following, or all."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.session_service.schedule import Class

LATER = "/v1/lessons/{}/following"


def ids(lessons: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in lessons]


async def test_s_a2_monday_at_17_in_berlin(made: Class) -> None:
    answer = await made.weekly()
    assert len(answer["lesson_ids"]) == 10
    starts = await made.starts()
    assert starts[:3] == ["10-19 15:00", "10-26 16:00", "11-02 16:00"]
    [told] = await made.events("studyzed.series.scheduled")
    assert told["lesson_ids"] == answer["lesson_ids"] == ids(await made.lessons())
    assert (told["starts_at"], told["told_ids"]) == ("2026-10-19T15:00:00Z", [])
    assert answer["series"]["rule"] == "FREQ=WEEKLY;COUNT=10"
    assert answer["conflicts"] == []


@pytest.mark.parametrize(
    ("now", "local_start", "starts_at"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-29T02:30", "2026-03-29T01:30:00Z"),
        (datetime(2026, 10, 1, tzinfo=UTC), "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
    ],
)
async def test_s_a2_times_that_are_skipped_or_come_twice(
    made: Class, now: datetime, local_start: str, starts_at: str
) -> None:
    made.world.clock.at = now
    await made.weekly(local_start, rule=None)
    [lesson] = await made.lessons()
    assert (lesson["starts_at"], lesson["local_start"]) == (starts_at, f"{local_start}:00")
    assert len(await made.events("studyzed.lesson.scheduled")) == 1


async def test_s26_lessons_reach_400_days_ahead(made: Class) -> None:
    answer = await made.weekly(rule="FREQ=DAILY")
    [(count, last, finished)] = await made.rows(
        "SELECT count(*), max(recurrence_id)::text, bool_and(finished) FROM lessons "
        "JOIN lesson_series s ON s.id = series_id"
    )
    assert (count, last, finished) == (len(answer["lesson_ids"]), "2027-11-04 17:00:00", False)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"rule": "FREQ=HOURLY"}, "/rule", "rule_too_often"),
        ({"rule": "FREQ=WEEKLY;BYDAY=TU"}, "/local_start", "start_not_in_rule"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "/local_start", "start_not_in_rule"),
        ({"local_start": "2026-09-28T17:00"}, "/local_start", "start_in_the_past"),
        ({"local_start": "2027-10-04T17:00"}, "/local_start", "start_too_far"),
        ({"local_start": "2026-10-19T17:00:30"}, "/local_start", "value_error"),
        ({"local_start": "2026-10-19T17:00:00Z"}, "/local_start", "timezone_naive"),
        ({"local_start": "9999-10-19T17:00"}, "/local_start", "value_error"),
        ({"zone": "Mars/Base"}, "/zone", "value_error"),
        ({"minutes": 1_441}, "/minutes", "less_than_equal"),
    ],
)
async def test_s26_a_bad_series_names_its_field(
    made: Class, fields: dict[str, Any], pointer: str, code: str
) -> None:
    body = {"local_start": "2026-10-19T17:00"} | fields
    refused = await made.world.series(made.made, **body, expect=422)
    assert [(one["pointer"], one["code"]) for one in refused["fields"]] == [(pointer, code)]
    assert await made.rows("SELECT id FROM lessons UNION SELECT id FROM lesson_series") == []


async def test_s26_a_start_outside_of_the_rule_offers_the_first_one_in_it(made: Class) -> None:
    refused = await made.weekly(rule="FREQ=WEEKLY;BYDAY=TU", expect=422)
    assert refused["fields"][0]["suggestions"] == ["2026-10-20T17:00"]


async def test_s26_a_class_that_is_not_open_schedules_nothing(made: Class) -> None:
    waiting = await made.world.study_session(paid=False)
    refused = await made.world.series(waiting, "2026-10-19T17:00", expect=409)
    assert refused["code"] == "study_session_not_open"


async def test_a_repeated_key_makes_one_series(made: Class) -> None:
    body = {
        "study_session_id": made.id, "title": "Algebra", "local_start": "2026-10-19T17:00",
        "zone": "Europe/Berlin",
    }  # fmt: skip
    headers = made.world.tutor.headers | {"Idempotency-Key": "one-series"}
    answers = [
        await made.world.client.post("/v1/lesson-series", json=body, headers=headers)
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await made.lessons()) == 1


async def test_s_a3_following_splits_the_series(made: Class) -> None:
    answer = await made.weekly()
    before = await made.lessons()
    fourth = before[3]
    changed = await made.patch(
        LATER.format(fourth["id"]), {"local_start": "2026-11-10T18:30", "minutes": 90}
    )
    after = await made.lessons()
    assert after[:3] == before[:3]
    assert ids(after) == ids(before)
    assert changed["lesson_ids"] == ids(before[3:])
    assert changed["series"]["id"] != answer["series"]["id"]
    assert changed["series"]["previous_id"] == answer["series"]["id"]
    assert changed["series"]["rule"] == "FREQ=WEEKLY;COUNT=7"
    assert {one["series_id"] for one in after[3:]} == {changed["series"]["id"]}
    assert [one["starts_at"] for one in after[3:5]] == [
        "2026-11-10T17:30:00Z", "2026-11-17T17:30:00Z"
    ]  # fmt: skip
    assert {one["sequence"] for one in after[3:]} == {1}
    old = await made.world.get(made.world.tutor, f"/v1/lesson-series/{answer['series']['id']}")
    assert (old["rule"], old["sequence"]) == ("FREQ=WEEKLY;UNTIL=20261102T160000Z", 1)
    [told] = await made.events("studyzed.series.changed")
    assert told["lesson_ids"] == ids(before[3:])
    assert (told["previous_id"], told["dropped_ids"]) == (answer["series"]["id"], [])


async def test_s_a3_from_the_first_on_the_series_stays_itself(made: Class) -> None:
    answer = await made.weekly(rule="FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6")
    before = await made.lessons()
    changed = await made.patch(LATER.format(before[0]["id"]), {"local_start": "2026-10-20T17:00"})
    after = await made.lessons()
    assert ids(after) == ids(before)
    assert changed["series"]["id"] == answer["series"]["id"]
    assert changed["series"]["rule"] == "FREQ=WEEKLY;COUNT=6;BYDAY=TU,FR"
    assert [one["recurrence_id"][:10] for one in after[:3]] == [
        "2026-10-20", "2026-10-23", "2026-10-27"
    ]  # fmt: skip


async def test_s_a3_lessons_take_the_places_of_others(made: Class) -> None:
    await made.weekly()
    before = await made.lessons()
    await made.patch(LATER.format(before[0]["id"]), {"local_start": "2026-10-26T17:00"})
    after = await made.lessons()
    assert ids(after) == ids(before)
    assert after[0]["recurrence_id"] == before[1]["recurrence_id"]


async def test_s_a3_single_edits_follow(made: Class) -> None:
    await made.weekly()
    before = await made.lessons()
    moved, called, off = before[4]["id"], before[5]["id"], before[6]["id"]
    await made.patch(f"/v1/lessons/{moved}", {"local_start": "2026-11-18T10:00"})
    await made.patch(f"/v1/lessons/{called}", {"title": "Revision"})
    await made.world.post(made.world.tutor, f"/v1/lessons/{off}/cancellation", expect=200)
    await made.patch(
        LATER.format(before[2]["id"]), {"local_start": "2026-11-02T19:00", "title": "Geometry"}
    )
    after = {one["id"]: one for one in await made.lessons()}
    assert set(after) == set(ids(before))
    assert after[moved]["starts_at"] == "2026-11-18T09:00:00Z"
    assert (after[moved]["recurrence_id"], after[moved]["title"]) == (
        "2026-11-16T19:00:00", "Geometry"
    )  # fmt: skip
    assert (after[called]["title"], after[called]["starts_at"]) == (
        "Revision", "2026-11-23T18:00:00Z"
    )  # fmt: skip
    assert (after[off]["state"], after[off]["starts_at"]) == ("cancelled", "2026-11-30T18:00:00Z")


async def test_s_a3_the_lesson_that_is_pointed_at_takes_the_new_time(made: Class) -> None:
    await made.weekly()
    third = (await made.lessons())[2]
    await made.patch(f"/v1/lessons/{third['id']}", {"local_start": "2026-11-04T10:00"})
    await made.patch(LATER.format(third["id"]), {"local_start": "2026-11-02T19:00"})
    found = next(one for one in await made.lessons() if one["id"] == third["id"])
    assert (found["starts_at"], found["moved"]) == ("2026-11-02T18:00:00Z", False)


async def test_s_a3_a_rule_with_fewer_lessons_keeps_what_it_leaves_out(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8")
    before = await made.lessons()
    changed = await made.patch(LATER.format(before[2]["id"]), {"rule": "FREQ=WEEKLY;COUNT=3"})
    mondays, thursdays = before[2::2], before[3::2]
    assert changed["lesson_ids"] == ids(mondays)
    assert changed["dropped_ids"] == ids(thursdays)
    assert ids(await made.lessons()) == ids(before[:2] + mondays)
    kept = await made.world.get(made.world.tutor, f"/v1/lessons/{thursdays[0]['id']}")
    assert (kept["state"], kept["starts_at"]) == ("dropped", thursdays[0]["starts_at"])


async def test_s_a3_a_rule_with_more_lessons_makes_them(made: Class) -> None:
    await made.weekly(rule="FREQ=WEEKLY;COUNT=3")
    before = await made.lessons()
    await made.patch(LATER.format(before[1]["id"]), {"rule": "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4"})
    assert await made.starts() == [
        "10-19 15:00", "10-26 16:00", "10-29 16:00", "11-02 16:00", "11-05 16:00"
    ]  # fmt: skip
    after = await made.lessons()
    assert [after[0]["id"], after[1]["id"], after[3]["id"]] == ids(before)


async def test_s_a3_all_never_changes_the_past(made: Class) -> None:
    answer = await made.weekly()
    before = await made.lessons()
    made.world.clock.at = datetime(2026, 10, 26, 16, 0, tzinfo=UTC)  # the second one begins
    changed = await made.patch(
        f"/v1/lesson-series/{answer['series']['id']}",
        {"local_start": "2026-11-02T18:00", "title": "Geometry"},
    )
    after = await made.lessons()
    assert after[:2] == before[:2]
    assert ids(after) == ids(before)
    assert changed["lesson_ids"] == ids(before[2:])
    assert {one["title"] for one in after[2:]} == {"Geometry"}
    assert after[2]["starts_at"] == "2026-11-02T17:00:00Z"


async def test_s_a3_words_change_all_and_nobody_is_told(made: Class) -> None:
    answer = await made.weekly()
    changed = await made.patch(f"/v1/lesson-series/{answer['series']['id']}", {"title": "Geometry"})
    assert changed["series"]["id"] == answer["series"]["id"]
    assert changed["lesson_ids"] == answer["lesson_ids"]
    assert await made.events("studyzed.series.changed") == []
    again = await made.patch(
        f"/v1/lesson-series/{answer['series']['id']}", {"title": "Geometry", "minutes": 60}
    )
    assert (again["lesson_ids"], again["series"]["sequence"]) == ([], 1)


async def test_s_a3_what_was_moved_early_and_held_is_not_held_again(made: Class) -> None:
    await made.weekly()
    before = await made.lessons()
    await made.patch(f"/v1/lessons/{before[3]['id']}", {"local_start": "2026-10-20T10:00"})
    early = next(one for one in await made.lessons() if one["id"] == before[3]["id"])
    made.world.clock.at = datetime(2026, 10, 21, tzinfo=UTC)
    await made.patch(LATER.format(before[1]["id"]), {"local_start": "2026-10-26T19:00"})
    after = await made.lessons()
    assert sorted(ids(after)) == sorted(ids(before))
    assert next(one for one in after if one["id"] == before[3]["id"]) == early
    assert "11-09 18:00" not in await made.starts()


async def test_s_a3_a_series_can_end_early(made: Class) -> None:
    answer = await made.weekly()
    before = await made.lessons()
    ended = await made.world.post(
        made.world.tutor, LATER.format(before[4]["id"]) + "/cancellation", expect=200
    )
    assert ended["lesson_ids"] == ids(before[4:])
    assert ended["series"]["rule"] == "FREQ=WEEKLY;UNTIL=20261109T160000Z"
    after = await made.lessons()
    assert [one["state"] for one in after] == ["scheduled"] * 4 + ["cancelled"] * 6
    [told] = await made.events("studyzed.series.ended")
    assert told["lesson_ids"] == ids(before[4:])
    assert told["series_id"] == answer["series"]["id"]


async def test_s_a3_a_move_to_another_day_needs_a_rule_that_says_so(made: Class) -> None:
    await made.weekly(rule="FREQ=MONTHLY;BYDAY=3MO;COUNT=3")
    [first, *_] = await made.lessons()
    path = LATER.format(first["id"])
    refused = await made.patch(path, {"local_start": "2026-10-20T17:00"}, expect=422)
    assert [(one["pointer"], one["code"]) for one in refused["fields"]] == [
        ("/rule", "rule_needed")
    ]
    await made.patch(
        path, {"local_start": "2026-10-20T17:00", "rule": "FREQ=MONTHLY;BYDAY=3TU;COUNT=3"}
    )
    assert await made.starts() == ["10-20 15:00", "11-17 16:00", "12-15 16:00"]


async def test_s26_if_match_guards_lessons_and_series(made: Class) -> None:
    answer = await made.weekly()
    first = answer["lesson_ids"][0]
    series = f"/v1/lesson-series/{answer['series']['id']}"
    client, headers = made.world.client, made.world.tutor.headers
    seen = (await client.get(series, headers=headers)).headers["etag"]
    await made.patch(series, {"title": "One"}, if_match=seen)
    refused = await made.patch(series, {"title": "Two"}, 412, if_match=seen)
    assert refused["code"] == "stale"
    tag = (await client.get(f"/v1/lessons/{first}", headers=headers)).headers["etag"]
    assert tag == '"2"'
    for path in (f"/v1/lessons/{first}", LATER.format(first)):
        await made.patch(path, {"title": "Three"}, 412, if_match='"1"')
    await made.patch(LATER.format(first), {"title": "Three"}, if_match=tag)


async def test_s_a3_what_has_begun_does_not_change(made: Class) -> None:
    await made.weekly()
    first, second, *_ = await made.lessons()
    made.world.clock.at = datetime(2026, 10, 19, 15, tzinfo=UTC)
    for path in (f"/v1/lessons/{first['id']}", LATER.format(first["id"])):
        assert (await made.patch(path, {"title": "No"}, 409))["code"] == "lesson_begun"
    body = {"local_start": "2026-10-19T17:00"}
    refused = await made.patch(LATER.format(second["id"]), body, 422)
    assert refused["fields"][0]["code"] == "start_in_the_past"
    made.world.clock.at = datetime(2026, 12, 24, tzinfo=UTC)
    refused = await made.patch(f"/v1/lesson-series/{first['series_id']}", {"title": "No"}, 409)
    assert refused["code"] == "series_over"
