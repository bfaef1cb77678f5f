"""What students are reminded of, and when (R22)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs import outbox
from session_service.reminders.schemas import RemindOfWork
from tests.session_service.desk import DAY, TICK, Desk


async def reminded(desk: Desk) -> list[tuple[str, list[str]]]:
    """When what is due of which whom was told."""
    await desk.run(RemindOfWork())
    return [(one["due_at"], one["student_ids"]) for one in await desk.events("task.due_soon")]


async def test_r22_a_reminder_comes_the_day_before_and_not_at_creation(desk: Desk) -> None:
    task = await desk.task()
    assert await reminded(desk) == []
    desk.world.clock.move(6 * DAY - TICK)
    assert await reminded(desk) == []
    desk.world.clock.move(TICK)
    once = [(task["due_at"], [str(desk.student.id)])]
    await asyncio.gather(*(desk.run(RemindOfWork()) for _ in range(4)))
    assert await reminded(desk) == once
    desk.world.clock.move(2 * DAY)
    assert await reminded(desk) == once


async def test_r22_what_is_due_within_a_day_is_told_of_when_it_is_set_only(desk: Desk) -> None:
    soon = (desk.world.clock.now() + DAY - TICK).isoformat()
    await desk.task(due_at=soon)
    desk.world.clock.move(timedelta(hours=12))
    assert await reminded(desk) == []


async def test_r22_who_has_handed_in_is_left_alone(desk: Desk) -> None:
    await desk.world.member(desk.made, desk.other)
    task = await desk.task()
    await desk.submit(task)
    desk.world.clock.move(6 * DAY)
    assert await reminded(desk) == [(task["due_at"], [str(desk.other.id)])]


async def test_r22_an_own_due_time_has_its_own_reminder(desk: Desk) -> None:
    task = await desk.task()
    due = (desk.world.clock.now() + 9 * DAY).isoformat().replace("+00:00", "Z")
    path = f"/v1/work-items/{task['id']}/extensions/{desk.student.id}"
    await desk.send(desk.tutor, "PUT", path, {"due_at": due})
    desk.world.clock.move(6 * DAY)
    assert await reminded(desk) == []
    desk.world.clock.move(2 * DAY)
    assert await reminded(desk) == [(due, [str(desk.student.id)])]
    assert await reminded(desk) == [(due, [str(desk.student.id)])]


async def test_r22_another_due_time_has_another_reminder(desk: Desk) -> None:
    task = await desk.task()
    desk.world.clock.move(6 * DAY)
    await reminded(desk)
    later = (desk.world.clock.now() + 3 * DAY).isoformat().replace("+00:00", "Z")
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", {"due_at": later})
    desk.world.clock.move(2 * DAY)
    assert [due for due, _ in await reminded(desk)] == [task["due_at"], later]


async def test_r22_a_task_put_off_past_an_own_due_time_reminds_once_for_both(desk: Desk) -> None:
    task = await desk.task()
    own = (desk.world.clock.now() + 9 * DAY).isoformat()
    path = f"/v1/work-items/{task['id']}/extensions/{desk.student.id}"
    await desk.send(desk.tutor, "PUT", path, {"due_at": own})
    later = (desk.world.clock.now() + 14 * DAY).isoformat().replace("+00:00", "Z")
    await desk.send(desk.tutor, "PATCH", f"/v1/tasks/{task['id']}", {"due_at": later})
    desk.world.clock.move(8 * DAY)
    assert await reminded(desk) == []
    desk.world.clock.move(5 * DAY)
    assert await reminded(desk) == [(later, [str(desk.student.id)])]


async def test_r22_drafts_remind_of_nothing(desk: Desk) -> None:
    await desk.task(draft=True)
    desk.world.clock.move(6 * DAY)
    assert await reminded(desk) == []


async def test_r22_who_dies_while_reminding_leaves_it_to_the_next_round(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await desk.task()
    desk.world.clock.move(6 * DAY)

    async def dying(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "publish", dying)
        assert await reminded(desk) == []
    assert await reminded(desk) == [(task["due_at"], [str(desk.student.id)])]
