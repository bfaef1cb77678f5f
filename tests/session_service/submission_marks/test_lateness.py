"""Marks follow what makes work late: extensions, the due time, the policy (S8, S9, S-A4)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.events.session_tasks import (
    ExtensionEvent,
    ExtensionGranted,
    ExtensionWithdrawn,
    TaskDueChanged,
    TaskLatePolicyChanged,
)
from session_service.submission_marks.handlers import on_due_changed
from tests.session_service.desk import DAY, LATE, Desk
from tests.stack import Stack
from tests.statements import statements

KINDS: dict[str, type[Any]] = {
    "extension.granted": ExtensionGranted,
    "extension.withdrawn": ExtensionWithdrawn,
    "task.due_changed": TaskDueChanged,
    "task.late_policy_changed": TaskLatePolicyChanged,
}


async def told(desk: Desk, kind: str) -> Any:
    """The last event of a type."""
    data = (await desk.events(kind))[-1]
    del data["type"]
    return KINDS[kind](**data)


async def deliver(desk: Desk, kind: str) -> None:
    """Gives the last event of a type to its handler, as the broker does, and once more."""
    event = await told(desk, kind)
    await desk.world.handle(event)
    await desk.world.handle(event)


async def late_work(desk: Desk, points: int = 80, **fields: Any) -> tuple[Any, Any]:
    """A task of 100 points, and work on it that came 25 hours late and is marked."""
    task = await desk.task(points=100, late_policy=LATE, **fields)
    desk.world.clock.move(7 * DAY + timedelta(hours=25))
    work = await desk.submit(task)
    await mark(desk, work, points)
    return task, work


async def mark(desk: Desk, work: Any, points: int = 80) -> Any:
    path = f"/v1/submissions/{work['id']}/marks"
    return await desk.send(desk.tutor, "POST", path, {"points": points}, 201)


async def points(desk: Desk, work: Any) -> tuple[str, str]:
    """What the student sees: what is left, and what was taken off."""
    found = await desk.send(desk.student, "GET", f"/v1/submissions/{work['id']}/mark")
    return found["points"], found["penalty_points"]


async def grant(desk: Desk, task: Any, hours: int) -> None:
    due = (desk.world.clock.now() + timedelta(hours=hours)).isoformat()
    path = f"/v1/work-items/{task['id']}/extensions/{desk.student.id}"
    await desk.send(desk.tutor, "PUT", path, {"due_at": due, "reason": "ill"})


async def test_s_a4_an_extension_given_after_marking_gives_the_points_back(desk: Desk) -> None:
    task, work = await late_work(desk)
    assert await points(desk, work) == ("64.00", "16.00")
    await grant(desk, task, hours=1)
    await deliver(desk, "extension.granted")
    assert await points(desk, work) == ("80.00", "0.00")
    [mark_id] = [one["mark_id"] for one in await desk.events("mark.changed")]
    page = await desk.send(desk.student, "GET", f"/v1/marks/{mark_id}/changes")
    newest, first = page["items"]
    assert (newest["reason"], newest["changed_by"]) == ("extension", str(desk.tutor.id))
    assert (newest["from_total"], newest["to_total"]) == ("64.00", "80.00")
    assert first["number"] == 1
    assert newest["number"] == 2
    tree = await desk.send(desk.student, "GET", f"/v1/marks/{mark_id}")
    assert (tree["total"], [one["points"] for one in tree["parts"]]) == ("80.00", ["80.00"])


async def test_s_a4_an_extension_of_part_of_the_way_takes_part_of_the_penalty(desk: Desk) -> None:
    task, work = await late_work(desk)
    await grant(desk, task, hours=-4)  # four hours before it came: one started day
    await deliver(desk, "extension.granted")
    assert await points(desk, work) == ("72.00", "8.00")
    path = f"/v1/work-items/{task['id']}/extensions/{desk.student.id}"
    await desk.send(desk.tutor, "DELETE", path, expect=204)
    await deliver(desk, "extension.withdrawn")
    assert await points(desk, work) == ("64.00", "16.00")


async def test_s_a4_a_due_time_put_off_after_marking_counts_for_all(desk: Desk) -> None:
    await desk.world.member(desk.made, desk.other)
    task, work = await late_work(desk)
    other = await desk.submit(task, user=desk.other)
    await mark(desk, other, 50)
    later = (desk.world.clock.now() + DAY).isoformat()
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", {"due_at": later})
    await deliver(desk, "task.due_changed")
    assert await points(desk, work) == ("80.00", "0.00")
    rows = await desk.rows(
        "SELECT w.reason, c.changed_by, m.total, m.marked_by FROM marks m "
        "JOIN mark_changes c ON c.mark_id = m.id AND c.number = 2 "
        "JOIN mark_words w ON w.change_id = c.id ORDER BY m.total"
    )
    by = desk.tutor.id
    assert [tuple(row) for row in rows] == [
        ("due time", by, 50, by), ("due time", by, 80, by)
    ]  # fmt: skip
    assert len(await desk.events("mark.changed")) == 2


async def test_s8_another_late_policy_counts_for_what_is_marked_already(desk: Desk) -> None:
    task, work = await late_work(desk)
    body: dict[str, Any] = {"late_policy": LATE | {"percent_per_day": 5}}
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", body)
    await deliver(desk, "task.late_policy_changed")
    assert await points(desk, work) == ("72.00", "8.00")
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", body | {"title": "Sums"})
    assert len(await desk.events("task.late_policy_changed")) == 1


async def test_s13_what_a_file_has_said_a_mark_comes_to_stays(desk: Desk) -> None:
    task, work = await late_work(desk)
    await desk.rows("UPDATE mark_parts SET source = 'import'")
    await grant(desk, task, hours=1)
    await deliver(desk, "extension.granted")
    assert await points(desk, work) == ("64.00", "16.00")


async def test_s9_nothing_is_told_of_what_does_not_change(desk: Desk) -> None:
    task = await desk.task(points=100, late_policy=LATE)
    work = await desk.submit(task)
    await mark(desk, work)
    await grant(desk, task, hours=30 * 24)
    await deliver(desk, "extension.granted")
    assert await desk.events("mark.changed") == []
    assert await desk.rows("SELECT 1 FROM mark_changes WHERE number > 1") == []


async def test_s_a4_a_mark_given_while_an_extension_is_handled_has_it(desk: Desk) -> None:
    tasks = [await desk.task(points=100, late_policy=LATE) for _ in range(8)]
    desk.world.clock.move(7 * DAY + timedelta(hours=25))
    for task in tasks:
        work = await desk.submit(task)

        async def granted(task: Any = task) -> None:
            await grant(desk, task, hours=1)
            event: ExtensionEvent = await told(desk, "extension.granted")
            assert event.item_id == UUID(task["id"])
            await desk.world.handle(event)

        await asyncio.gather(granted(), mark(desk, work))
        assert await points(desk, work) == ("80.00", "0.00")


@pytest.mark.parametrize("students", [1, 4])
async def test_s8_it_takes_the_same_statements_for_any_number_of_marks(
    desk: Desk, stack: Stack, students: int
) -> None:
    task, _ = await late_work(desk)
    for number in range(1, students):
        person = stack.as_user("student")
        await desk.world.member(desk.made, person)
        await mark(desk, await desk.submit(task, user=person), 10 * number)
    later = (desk.world.clock.now() + DAY).isoformat()
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", {"due_at": later})
    event = await told(desk, "task.due_changed")
    with statements() as seen:
        await desk.world.parts.database.run(lambda session: on_due_changed(session, event))
    assert len(seen) == 8
    assert len(await desk.events("mark.changed")) == students
