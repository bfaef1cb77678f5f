"""Tasks: drafts, times, changes (S5, S-A4)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs import outbox
from session_service.tasks.schemas import PublishTasks
from tests.session_service.desk import DAY, TICK, Desk
from tests.stack import Stack

HOUR = timedelta(hours=1)


def later(desk: Desk, by: timedelta) -> str:
    return (desk.world.clock.now() + by).isoformat()


async def test_s5_a_draft_is_seen_by_helpers_only_until_it_is_published(
    desk: Desk, stack: Stack
) -> None:
    assistant, observer = stack.as_user("tutor"), stack.as_user("student")
    await desk.world.role(desk.made, assistant, "assistant")
    await desk.world.role(desk.made, observer, "observer")
    task = await desk.task(draft=True, category="Homework", points="12.5")
    assert (task["state"], task["category"], task["points"]) == ("draft", "Homework", "12.50")
    for user, seen in ((desk.tutor, 1), (assistant, 1), (desk.student, 0), (observer, 0)):
        assert len(await desk.titles(user)) == seen
    path = f"/v1/tasks/{task['id']}"
    unseen: list[tuple[str, str, Any]] = [("GET", path, None), ("GET", f"{path}/draft", None)]
    unseen.append(("POST", f"{path}/submissions", {"body": "x"}))
    unseen.append(("GET", f"/v1/work-items/{task['id']}/extensions", None))
    for method, target, body in unseen:
        status, _ = await desk.refused(desk.student, method, target, body)
        assert (target, status) == (target, 404)
    assert await desk.events("task.assigned") == []
    for _ in range(2):
        found = await desk.send(desk.tutor, "POST", f"{path}/publication", {})
        assert (found["state"], found["publish_at"]) == ("published", None)
    assert await desk.titles(desk.student) == await desk.titles(observer) == ["Fractions"]
    [told] = await desk.events("task.assigned")
    assert (told["task_id"], told["due_at"]) == (task["id"], task["due_at"])


async def test_s5_a_scheduled_task_is_published_once_at_its_time(desk: Desk) -> None:
    task = await desk.task(publish_at=later(desk, HOUR))
    assert task["state"] == "scheduled"
    desk.world.clock.move(HOUR - TICK)
    await desk.run(PublishTasks())
    assert await desk.titles(desk.student) == []
    desk.world.clock.move(TICK)
    await asyncio.gather(*(desk.run(PublishTasks()) for _ in range(4)))
    assert await desk.titles(desk.student) == ["Fractions"]
    assert len(await desk.events("task.assigned")) == 1
    found = await desk.send(desk.student, "GET", f"/v1/tasks/{task['id']}")
    assert found["published_at"] == desk.world.clock.now().isoformat().replace("+00:00", "Z")


async def test_s5_who_dies_while_publishing_leaves_the_task_to_the_next_round(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.task(publish_at=later(desk, HOUR), title="First")
    await desk.task(publish_at=later(desk, HOUR), title="Second")
    desk.world.clock.move(HOUR)
    publish, calls = outbox.publish, 0

    async def dying(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("killed")
        await publish(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "publish", dying)
        await desk.run(PublishTasks())
    assert len(await desk.titles(desk.student)) == len(await desk.events("task.assigned")) == 1
    await desk.run(PublishTasks())
    assert await desk.titles(desk.student) == ["Second", "First"]
    assert len(await desk.events("task.assigned")) == 2


async def test_s5_a_paused_class_publishes_when_it_goes_on(desk: Desk) -> None:
    await desk.task(publish_at=later(desk, HOUR))
    path = f"/v1/study-sessions/{desk.made['id']}"
    await desk.send(desk.tutor, "POST", f"{path}/pause")
    desk.world.clock.move(HOUR)
    await desk.run(PublishTasks())
    assert await desk.titles(desk.student) == []
    await desk.send(desk.tutor, "POST", f"{path}/resume")
    await desk.run(PublishTasks())
    assert await desk.titles(desk.student) == ["Fractions"]


async def test_s5_what_would_be_due_by_now_becomes_a_draft_again(desk: Desk) -> None:
    task = await desk.task(publish_at=later(desk, HOUR), due_at=later(desk, 2 * HOUR))
    desk.world.clock.move(2 * HOUR)
    await desk.run(PublishTasks())
    found = await desk.send(desk.tutor, "GET", f"/v1/tasks/{task['id']}")
    assert (found["state"], found["publish_at"]) == ("draft", None)
    path = f"/v1/tasks/{task['id']}/publication"
    assert await desk.refused(desk.tutor, "POST", path, {}) == (409, "task_due_passed")
    assert await desk.events("task.assigned") == []


async def test_s_a4_due_is_a_time_of_the_class_s_zone(desk: Desk) -> None:
    task = await desk.task(due_local="2027-03-01T23:59", publish_local="2027-02-01T08:00")
    assert task["due_at"] == "2027-03-01T18:29:00Z"
    assert task["publish_at"] == "2027-02-01T02:30:00Z"
    await desk.rows("UPDATE study_sessions SET zone = 'Europe/Berlin'")
    for local, due in (
        ("2027-03-28T02:30", "2027-03-28T01:30:00Z"),  # skipped: held after the gap
        ("2027-10-31T02:30", "2027-10-31T00:30:00Z"),  # comes twice: the first
        ("2027-07-01T23:59", "2027-07-01T21:59:00Z"),
    ):
        assert (await desk.task(due_local=local))["due_at"] == due


async def test_s5_a_change_is_seen_and_another_due_time_is_told(desk: Desk) -> None:
    task = await desk.task()
    path = f"/v1/tasks/{task['id']}"
    tag = (await desk.ask(desk.tutor, "GET", path)).headers["etag"]
    assert tag == '"1"'
    body = {"title": "Decimals", "points": "20", "category": "Tests"}
    changed = await desk.ask(desk.tutor, "PATCH", path, body, If_Match=tag)
    assert changed.headers["etag"] == '"2"'
    found = await desk.send(desk.student, "GET", path)
    assert changed.json() == found
    assert (found["title"], found["points"], found["category"]) == ("Decimals", "20.00", "Tests")
    assert await desk.events("task.due_changed") == []
    stale = await desk.ask(desk.tutor, "PATCH", path, {"title": "Old"}, If_Match=tag)
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    due = datetime(2027, 3, 1, 18, 29, tzinfo=UTC)
    await desk.send(desk.tutor, "PATCH", path, {"due_local": "2027-03-01T23:59"})
    await desk.send(desk.tutor, "PATCH", path, {"due_at": due.isoformat()})  # the same: no news
    [told] = await desk.events("task.due_changed")
    assert (told["due_at"], told["old_due_at"]) == ("2027-03-01T18:29:00Z", task["due_at"])


async def test_s5_a_draft_s_due_time_is_nobody_s_news(desk: Desk) -> None:
    task = await desk.task(publish_at=later(desk, HOUR))
    path = f"/v1/tasks/{task['id']}"
    await desk.send(desk.tutor, "PATCH", path, {"due_at": later(desk, 9 * DAY)})
    assert await desk.events("task.due_changed") == []
    early = {"due_at": later(desk, HOUR - TICK)}
    assert await desk.refused(desk.tutor, "PATCH", path, early) == (409, "task_due_passed")


async def test_s5_what_students_have_never_seen_is_deleted(desk: Desk) -> None:
    task = await desk.task(publish_at=later(desk, HOUR))
    path = f"/v1/tasks/{task['id']}"
    await desk.send(desk.tutor, "DELETE", f"{path}/publication", expect=204)
    desk.world.clock.move(HOUR)
    await desk.run(PublishTasks())
    assert (await desk.send(desk.tutor, "GET", path))["state"] == "draft"
    await desk.send(desk.tutor, "DELETE", path, expect=204)
    assert await desk.refused(desk.tutor, "GET", path) == (404, "task_not_found")
    seen = f"/v1/tasks/{(await desk.task())['id']}"
    for target in (seen, f"{seen}/publication"):
        assert await desk.refused(desk.tutor, "DELETE", target) == (409, "task_published")
    assert await desk.titles(desk.student) == ["Fractions"]


async def test_s5_deleting_and_publishing_at_once_do_one_of_both(desk: Desk) -> None:
    for _ in range(5):
        path = f"/v1/tasks/{(await desk.task(draft=True))['id']}"
        gone, shown = await asyncio.gather(
            desk.ask(desk.tutor, "DELETE", path),
            desk.ask(desk.tutor, "POST", f"{path}/publication", {}),
        )
        assert (gone.status_code, shown.status_code) in {(204, 404), (409, 200)}


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"due_at": "2001-01-01T00:00:00Z"}, "/due_at", "due_in_the_past"),
        ({"due_local": "2001-01-01T00:00"}, "/due_local", "due_in_the_past"),
        ({"publish_at": "2001-01-01T00:00:00Z"}, "/publish_at", "publish_in_the_past"),
        ({"publish_local": "2001-01-01T00:00"}, "/publish_local", "publish_in_the_past"),
        ({"due_local": "2027-01-01T00:00:00Z"}, "/due_local", None),
        ({"due_at": "9999-01-01T00:00:00Z"}, "/due_at", None),
        ({"late_policy": {"percent_per_day": "100.01"}}, "/late_policy/percent_per_day", None),
        ({"late_policy": {"base": "all"}}, "/late_policy/base", None),
    ],
)
async def test_s5_bad_times_and_policies_are_named(
    desk: Desk, fields: dict[str, Any], pointer: str, code: str | None
) -> None:
    answer = await desk.task(expect=422, **fields)
    [problem] = answer["fields"]
    assert problem["pointer"] == pointer
    assert code is None or problem["code"] == code


async def test_s5_nothing_is_published_after_it_is_due(desk: Desk) -> None:
    answer = await desk.task(expect=409, publish_at=later(desk, 7 * DAY))
    assert answer["code"] == "task_due_passed"


async def test_s8_a_new_task_gets_the_class_s_policy_unless_it_brings_its_own(desk: Desk) -> None:
    path = f"/v1/study-sessions/{desk.made['id']}/late-policy"
    usual = {
        "grace_minutes": 10, "percent_per_day": "0.00", "base": "earned", "cap_percent": "100.00",
        "cut_off_minutes": 0,
    }  # fmt: skip
    of_class = {"study_session_id": desk.made["id"]}
    assert await desk.send(desk.student, "GET", path) == usual | of_class
    first = await desk.task()
    wanted = usual | {"grace_minutes": 0, "percent_per_day": "12.50", "cut_off_minutes": None}
    assert await desk.send(desk.tutor, "PUT", path, wanted) == wanted | of_class
    assert await desk.send(desk.student, "GET", path) == wanted | of_class
    second = await desk.task()
    third = await desk.task(late_policy={"base": "maximum", "cut_off_minutes": 60})
    shown = [
        await desk.send(desk.student, "GET", f"/v1/tasks/{one['id']}")
        for one in (first, second, third)
    ]
    own = usual | {"base": "maximum", "cut_off_minutes": 60}
    assert [one["late_policy"] for one in shown] == [usual, wanted, own]
    due = datetime.fromisoformat(third["due_at"])
    assert [one["closes_at"] is None for one in shown] == [False, True, False]
    assert datetime.fromisoformat(shown[2]["closes_at"]) == due + timedelta(minutes=70)
