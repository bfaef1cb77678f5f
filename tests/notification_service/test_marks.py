"""What is told of marks (S11, S-A12)."""

from libs.events.base import Event
from libs.events.session_marks import MarkChanged, MarksReleased
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_s_a12_a_student_hears_once_of_a_release_and_of_each_change(mongo: Mongo) -> None:
    room, student, other = Class.new(), new_id(), new_id()
    happened: list[Event] = [
        MarksReleased(
            **room.fields, release_id=new_id(), student_id=student,
            item_ids=[new_id(), new_id()], mark_ids=[new_id(), new_id()],
        ),
        MarkChanged(**room.fields, mark_id=new_id(), item_id=new_id(), student_id=student),
    ]  # fmt: skip
    people = [
        registered(student, name="Sven"), registered(room.tutor_id, "tutor"), registered(other),
        room.created(), room.joined(student), room.joined(other),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in [*people, *happened]])
    code = room.code
    assert await bodies(mongo, student) == [
        f"You are now a student of class {code}.",
        f"You have new marks in class {code}.",
        f"A mark in class {code} has changed.",
    ]
    for person in (other, room.tutor_id):
        assert not any("mark" in body for body in await bodies(mongo, person))
