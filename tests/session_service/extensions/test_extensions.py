"""More time for one student (S9, S-A4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from session_service.extensions import repository
from tests.session_service.desk import DAY, GRACE, LATE, TICK, Desk
from tests.stack import Stack


def until(desk: Desk, by: timedelta) -> str:
    return (desk.world.clock.now() + by).isoformat().replace("+00:00", "Z")


def path_of(task: dict[str, Any], desk: Desk) -> str:
    return f"/v1/work-items/{task['id']}/extensions/{desk.student.id}"


async def test_s_a4_an_extension_is_due_for_that_student_alone(desk: Desk) -> None:
    await desk.world.member(desk.made, desk.other)
    task = await desk.task(late_policy=LATE)
    given = {"due_at": until(desk, 10 * DAY), "reason": "ill"}
    made = await desk.send(desk.tutor, "PUT", path_of(task, desk), given)
    assert (made["due_at"], made["reason"]) == (given["due_at"], "ill")
    assert made["extra_time_factor"] == "1.00"
    desk.world.clock.move(10 * DAY + GRACE)
    work = await desk.submit(task)
    late = await desk.submit(task, user=desk.other)
    assert (work["days_late"], late["days_late"]) == (0, 3)
    desk.world.clock.move(TICK)
    assert (await desk.submit(task))["days_late"] == 1
    assert (await desk.submit(task, 409, user=desk.other))["code"] == "task_closed"
    await desk.send(desk.tutor, "DELETE", path_of(task, desk), expect=204)
    assert (await desk.send(desk.tutor, "GET", f"/v1/submissions/{work['id']}"))["days_late"] == 3
    assert (await desk.submit(task, 409))["code"] == "task_closed"


async def test_s_a4_a_task_put_off_past_an_extension_is_due_later_for_all(desk: Desk) -> None:
    task = await desk.task(late_policy=LATE)
    await desk.send(desk.tutor, "PUT", path_of(task, desk), {"due_at": until(desk, 9 * DAY)})
    put_off = {"due_at": until(desk, 14 * DAY)}
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", put_off)
    desk.world.clock.move(12 * DAY)
    work = await desk.submit(task)
    seen = await desk.send(desk.student, "GET", f"/v1/submissions/{work['id']}")
    assert (work["days_late"], seen["days_late"]) == (0, 0)
    path = f"/v1/submissions/{work['id']}/marks"
    mark = await desk.send(desk.tutor, "POST", path, {"points": "8.00"}, 201)
    assert mark["points"] == "8.00"
    desk.world.clock.move(2 * DAY + GRACE + TICK)
    assert (await desk.submit(task))["days_late"] == 1


async def test_s9_each_change_is_told_once_and_why_is_seen_by_helpers_only(
    desk: Desk, stack: Stack
) -> None:
    observer = stack.as_user("student")
    await desk.world.role(desk.made, observer, "observer")
    await desk.world.member(desk.made, desk.other)
    task = await desk.task()
    given = {"due_at": until(desk, 8 * DAY), "reason": "ill"}
    for _ in range(2):
        await desk.send(desk.tutor, "PUT", path_of(task, desk), given)
    more = {"due_at": given["due_at"], "extra_time_factor": "1.25"}
    await desk.send(desk.tutor, "PUT", path_of(task, desk), more | {"reason": "ill"})
    path = f"/v1/work-items/{task['id']}/extensions"
    shown = {}
    people = {"tutor": desk.tutor, "student": desk.student, "observer": observer}
    for name, user in (people | {"other": desk.other}).items():
        page = await desk.send(user, "GET", path)
        shown[name] = [(one["reason"], one["extra_time_factor"]) for one in page["items"]]
    own = [(None, "1.25")]
    assert shown == {"tutor": [("ill", "1.25")], "student": own, "observer": own, "other": []}
    await desk.send(desk.tutor, "DELETE", path_of(task, desk), expect=204)
    again = await desk.refused(desk.tutor, "DELETE", path_of(task, desk))
    assert again == (404, "extension_not_found")
    told = await desk.events("extension.granted", "extension.withdrawn")
    assert [(one["type"], one["revision"], "reason" in one) for one in told] == [
        ("studyzed.extension.granted", 1, False),
        ("studyzed.extension.granted", 2, False),
        ("studyzed.extension.withdrawn", 3, False),
    ]


async def test_s9_a_local_time_counts_in_the_class_s_zone(desk: Desk) -> None:
    task = await desk.task(due_local="2027-03-01T23:59")
    wanted = {"due_local": "2027-03-03T23:59"}
    made = await desk.send(desk.tutor, "PUT", path_of(task, desk), wanted)
    assert made["due_at"] == "2027-03-03T18:29:00Z"
    same = {"due_local": "2027-03-01T23:59"}
    answer = await desk.send(desk.tutor, "PUT", path_of(task, desk), same, expect=422)
    assert (answer["fields"][0]["pointer"], answer["fields"][0]["code"]) == (
        "/due_local", "not_later",
    )  # fmt: skip


async def test_s9_only_students_of_the_class_have_one(desk: Desk) -> None:
    task = await desk.task()
    path = f"/v1/work-items/{task['id']}/extensions/{desk.other.id}"
    given = {"due_at": until(desk, 8 * DAY)}
    assert await desk.refused(desk.tutor, "PUT", path, given) == (404, "student_not_in_class")


@pytest.mark.parametrize("hidden", [{"draft": True}, {"publish_local": "2027-02-20T08:00"}])
async def test_s9_nobody_hears_of_a_task_that_students_do_not_see(
    desk: Desk, hidden: dict[str, Any]
) -> None:
    task = await desk.task(due_local="2027-03-01T23:59", **hidden)
    given = {"due_local": "2027-03-03T23:59"}
    refused = (404, "work_item_not_found")
    assert await desk.refused(desk.tutor, "PUT", path_of(task, desk), given) == refused
    assert await desk.events("extension.granted") == []
    await desk.send(desk.tutor, "POST", f"/v1/tasks/{task['id']}/publication", {})
    await desk.send(desk.tutor, "PUT", path_of(task, desk), given)


@pytest.mark.parametrize(
    "body", [{}, {"extra_time_factor": "0.9"}, {"extra_time_factor": "5.01"}, {"reason": "x"}]
)
async def test_s9_what_grants_nothing_is_refused(desk: Desk, body: dict[str, str]) -> None:
    task = await desk.task()
    assert (await desk.refused(desk.tutor, "PUT", path_of(task, desk), body))[0] == 422


async def test_s9_others_ask_what_a_student_is_granted(desk: Desk) -> None:
    task = await desk.task()
    await desk.send(desk.tutor, "PUT", path_of(task, desk), {"extra_time_factor": "1.5"})
    async with desk.world.parts.database.transaction() as session:
        rows = await desk.rows("SELECT item_id, student_id FROM extensions")
        found = await repository.granted(session, *rows[0])
        none = await repository.granted(session, rows[0].item_id, desk.other.id)
    assert (found, none) == ((None, Decimal("1.50")), (None, Decimal(1)))
