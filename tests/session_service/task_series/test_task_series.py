"""Tasks that repeat by a rule, holidays left out (S6)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs import outbox
from session_service.task_series import service
from session_service.task_series.schemas import SetTasks
from tests.session_service.desk import DAY, Desk


def evening(desk: Desk, days: int) -> str:
    """18:00 in India so many days ahead."""
    day = desk.world.clock.now().astimezone(UTC).date() + timedelta(days=days)
    return f"{day.isoformat()}T18:00"


def due_of(local: str) -> str:
    """The instant of a local time in India."""
    at = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=5, minutes=30)
    return at.isoformat().replace("+00:00", "Z")


async def daily(desk: Desk, expect: int = 201, **fields: Any) -> Any:
    """A daily task from in two days on, five times."""
    body = {
        "study_session_id": desk.made["id"], "title": "Daily", "local_due": evening(desk, 2),
        "rule": "FREQ=DAILY;COUNT=5", "category": "Drill",
    }  # fmt: skip
    return await desk.send(desk.tutor, "POST", "/v1/task-series", body | fields, expect)


async def dues(desk: Desk) -> list[str]:
    """When the tasks that the student sees are due, in the order in which they were set."""
    page = await desk.send(desk.student, "GET", "/v1/tasks?limit=100")
    return [one["due_at"] for one in reversed(page["items"])]


async def pass_days(desk: Desk, days: int) -> None:
    for _ in range(days):
        desk.world.clock.move(DAY)
        await desk.run(SetTasks())


async def holiday(desk: Desk, days: int) -> None:
    path = f"/v1/study-sessions/{desk.made['id']}/holidays"
    body = {"holidays": [{"name": "Holi", "first_on": evening(desk, days)[:10]}]}
    await desk.send(desk.tutor, "POST", path, body, 201)


async def test_s6_each_task_is_set_once_so_long_before_it_is_due(desk: Desk) -> None:
    places = [evening(desk, n) for n in range(2, 7)]
    made = await daily(desk)
    expected = [due_of(one) for one in places]
    assert [one["due_at"] for one in made["upcoming"]] == expected
    assert (made["next_due"], await dues(desk)) == (f"{places[0]}:00", [])
    await pass_days(desk, 1)
    await asyncio.gather(*(desk.run(SetTasks()) for _ in range(4)))
    first = [one for one in expected if one <= _in_a_day(desk)]
    assert await dues(desk) == first
    await pass_days(desk, 8)
    assert await dues(desk) == expected
    assert len(await desk.events("task.assigned")) == 5
    found = await desk.send(desk.tutor, "GET", f"/v1/task-series/{made['id']}")
    assert (found["next_due"], found["upcoming"]) == (None, [])
    task = (await desk.send(desk.student, "GET", "/v1/tasks"))["items"][0]
    assert (task["title"], task["category"], task["points"]) == ("Daily", "Drill", "10.00")


def _in_a_day(desk: Desk) -> str:
    return (desk.world.clock.now() + DAY).isoformat().replace("+00:00", "Z")


async def test_s6_holidays_are_left_out_also_those_that_come_later(desk: Desk) -> None:
    expected = [due_of(evening(desk, n)) for n in (2, 4, 6)]
    await holiday(desk, 3)
    fifth = evening(desk, 5)[:10]
    made = await daily(desk)
    assert [one["on_holiday"] for one in made["upcoming"]] == [False, True, False, False, False]
    await pass_days(desk, 1)
    path = f"/v1/study-sessions/{desk.made['id']}/holidays"
    later = {"holidays": [{"name": "Rain", "first_on": fifth}]}
    await desk.send(desk.tutor, "POST", path, later, 201)
    await pass_days(desk, 8)
    assert await dues(desk) == expected


async def test_s6_a_first_task_whose_time_has_come_is_set_at_once(desk: Desk) -> None:
    local = evening(desk, 1)
    await daily(desk, local_due=local, lead_minutes=3 * 24 * 60, rule="FREQ=DAILY;COUNT=1")
    assert await dues(desk) == [due_of(local)]


async def test_s6_changes_count_for_what_is_set_from_now_on(desk: Desk) -> None:
    made = await daily(desk)
    await pass_days(desk, 3)
    before = len(await dues(desk))
    assert before > 0
    path = f"/v1/task-series/{made['id']}"
    await desk.send(desk.tutor, "PATCH", path, {"title": "Other", "points": 5})
    await pass_days(desk, 1)
    items = (await desk.send(desk.student, "GET", "/v1/tasks"))["items"]
    titles = [(one["title"], one["points"]) for one in items]
    assert titles == [("Other", "5.00"), *[("Daily", "10.00")] * before]
    await desk.send(desk.tutor, "DELETE", path, expect=204)
    await pass_days(desk, 5)
    assert len(await dues(desk)) == before + 1
    assert (await desk.send(desk.tutor, "GET", path))["ended_at"] is not None


async def test_s6_a_paused_class_gets_what_is_not_over_when_it_goes_on(desk: Desk) -> None:
    places = [due_of(evening(desk, n)) for n in range(2, 7)]
    await daily(desk)
    path = f"/v1/study-sessions/{desk.made['id']}"
    await desk.send(desk.tutor, "POST", f"{path}/pause")
    await pass_days(desk, 4)
    assert await dues(desk) == []
    await desk.send(desk.tutor, "POST", f"{path}/resume")
    await desk.run(SetTasks())
    now = desk.world.clock.now().isoformat().replace("+00:00", "Z")
    assert await dues(desk) == [one for one in places if now < one <= _in_a_day(desk)]


async def test_s6_who_dies_while_setting_leaves_it_to_the_next_round(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await daily(desk)
    desk.world.clock.move(2 * DAY)

    async def dying(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "publish", dying)
        await desk.run(SetTasks())
    assert await dues(desk) == []
    await desk.run(SetTasks())
    assert len(await dues(desk)) == len(await desk.events("task.assigned")) > 0


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"rule": "FREQ=HOURLY"}, "/rule", "rule_too_often"),
        ({"rule": "daily"}, "/rule", "rule_unreadable"),
        ({"local_due": "2001-01-01T18:00"}, "/local_due", "due_in_the_past"),
        ({"local_due": "2027-02-01T18:00", "rule": "FREQ=WEEKLY;BYDAY=TU"}, "/local_due",
         "start_not_in_rule"),
    ],
)  # fmt: skip
async def test_s6_what_makes_no_task_is_refused(
    desk: Desk, fields: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await daily(desk, 422, **fields)
    assert (answer["fields"][0]["pointer"], answer["fields"][0]["code"]) == (pointer, code)


async def test_s6_no_more_series_go_on_than_may_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_SERIES", 2)
    first = await daily(desk)
    body = {
        "study_session_id": desk.made["id"], "title": "Daily", "local_due": evening(desk, 2),
        "rule": "FREQ=DAILY;COUNT=5",
    }  # fmt: skip
    answers = await asyncio.gather(
        *(desk.ask(desk.tutor, "POST", "/v1/task-series", body) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    codes = {answer.json().get("code") for answer in answers}
    assert codes == {None, "too_many_task_series"}
    await desk.send(desk.tutor, "DELETE", f"/v1/task-series/{first['id']}", expect=204)
    await daily(desk)
