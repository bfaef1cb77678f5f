"""What is told of tasks, late and returned work, and of extensions (S5, S7, S9, R22)."""

from datetime import timedelta

from libs.events import session_tasks
from libs.events.base import Event
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import WINTER, bodies
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_s5_s7_s9_r22_each_hears_of_what_is_theirs(mongo: Mongo) -> None:
    room, student, other = Class.new(), new_id(), new_id()
    task = {**room.fields, "task_id": new_id(), "due_at": WINTER}
    own = {**room.fields, "extension_id": new_id(), "item_id": new_id(), "student_id": student}
    happened: list[Event] = [
        session_tasks.TaskDueChanged(
            **task, tutor_id=room.tutor_id, old_due_at=WINTER - timedelta(days=1)
        ),
        session_tasks.TaskDueSoon(**task, student_ids=(student,), revision=2),
        session_tasks.SubmissionReturned(
            **room.fields, task_id=task["task_id"], submission_id=new_id(), student_id=student,
            number=2,
        ),
        session_tasks.ExtensionGranted(**own, due_at=WINTER),
        session_tasks.ExtensionWithdrawn(**own, revision=2),
    ]  # fmt: skip
    people = [
        registered(student, name="Sven"), registered(room.tutor_id, "tutor"), registered(other),
        room.created(), room.joined(student), room.joined(other),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in [*people, *happened]])
    code, due = room.code, "2026-10-26 16:00 (UTC)"
    told = [
        f"You are now a student of class {code}.",
        f"A task of class {code} is due {due} instead of 2026-10-25 16:00 (UTC).",
    ]
    assert await bodies(mongo, student) == [
        *told,
        f"A task of class {code} is due {due}: nothing is handed in yet.",
        f"Version 2 of your work in class {code} was given back.",
        f"You have more time for some work in class {code}.",
        f"Some work in class {code} is due for you as for all.",
    ]
    assert await bodies(mongo, other) == told
    assert await bodies(mongo, room.tutor_id) == []
