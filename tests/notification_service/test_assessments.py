"""What students are told of assessments: that there is one, and when; nothing of what it asks."""

from datetime import UTC, datetime

from libs.events import session_assessments as events
from libs.events import session_attempts as attempts
from libs.ids import new_id
from libs.mongo import Mongo
from libs.pagination import PageRequest
from notification_service.notifications import service
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_s14_students_are_told_of_a_test_in_their_zone(mongo: Mongo) -> None:
    room, student = Class.new(), new_id()
    about = {
        **room.fields, "assessment_id": new_id(), "tutor_id": room.tutor_id,
        "opens_at": datetime(2026, 11, 30, 13, tzinfo=UTC),
        "closes_at": datetime(2026, 11, 30, 14, tzinfo=UTC),
    }  # fmt: skip
    happened = [
        registered(student, zone="Asia/Kolkata"), registered(room.tutor_id), room.created(),
        room.joined(student), events.AssessmentPublished(**about),
        events.AssessmentRescheduled(**about),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in happened])
    async with mongo.reads() as session:
        shown, _ = await service.list_page(session, student, PageRequest(None, 100))
        tutors, _ = await service.list_page(session, room.tutor_id, PageRequest(None, 100))
    opens, closes = "2026-11-30 18:30 (Asia/Kolkata)", "2026-11-30 19:30 (Asia/Kolkata)"
    assert [one.body for one in reversed(shown)][2:] == [
        f"Class {room.code} has a test, open from {opens} to {closes}.",
        f"The test of class {room.code} is open until {closes}.",
    ]
    assert not [one for one in tutors if " test" in one.body]


async def test_s17_a_student_is_told_when_time_is_up_and_when_a_try_is_void(mongo: Mongo) -> None:
    room, student = Class.new(), new_id()
    about = {
        **room.fields, "assessment_id": new_id(), "attempt_id": new_id(), "number": 1,
        "tutor_id": room.tutor_id, "student_id": student,
    }  # fmt: skip
    happened = [
        registered(student), room.created(), room.joined(student),
        attempts.AttemptClosed(**about, ending="submitted"),
        attempts.AttemptClosed(**about, ending="deadline"),
        attempts.AttemptVoided(**about),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in happened])
    async with mongo.reads() as session:
        shown, _ = await service.list_page(session, student, PageRequest(None, 100))
    assert [one.body for one in reversed(shown)][2:] == [
        f"Time is up for your test in class {room.code}: what you saved is handed in.",
        f"Your try at the test of class {room.code} does not count: you may try again.",
    ]
