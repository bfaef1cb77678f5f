"""What is told of booked lessons, make-up credits and requests for another time (S27, S28)."""

from libs.events import session_bookings
from libs.events.base import Event
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import WINTER, bodies
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_s27_s28_each_side_hears_of_what_the_other_has_done(mongo: Mongo) -> None:
    room, student, other = Class.new(), new_id(), new_id()
    pair = {
        **room.fields, "lesson_id": new_id(), "tutor_id": room.tutor_id, "student_id": student,
    }  # fmt: skip
    booking, reschedule = {**pair, "booking_id": new_id()}, {**pair, "reschedule_id": new_id()}
    happened: list[Event] = [
        session_bookings.BookingMade(**booking, starts_at=WINTER),
        session_bookings.BookingMoved(**booking, starts_at=WINTER, revision=2),
        session_bookings.BookingCancelled(**booking, by=student, revision=3),
        session_bookings.BookingCancelled(**{**booking, "booking_id": new_id()}, by=room.tutor_id),
        session_bookings.CreditGranted(
            **room.fields, credit_id=new_id(), student_id=student, granted_by=room.tutor_id,
            expires_at=WINTER,
        ),
        session_bookings.RescheduleRequested(**reschedule),
        session_bookings.RescheduleDecided(**reschedule, state="declined", revision=2),
    ]  # fmt: skip
    people = [
        registered(student, name="Sven"), registered(room.tutor_id, "tutor"), registered(other),
        room.created(), room.joined(student), room.joined(other),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in [*people, *happened]])
    code = room.code
    assert await bodies(mongo, student) == [
        f"You are now a student of class {code}.",
        f"Your own lesson in class {code} has another time now.",
        f"A booked lesson in class {code} does not take place.",
        f"You may book a make-up lesson in class {code}.",
        f"Your request for another time in class {code} was declined.",
    ]
    assert await bodies(mongo, room.tutor_id) == [
        f"Sven has booked a lesson with you in class {code}.",
        f"A booked lesson in class {code} does not take place.",
        f"Sven asks for another time for a lesson in class {code}.",
    ]
    assert await bodies(mongo, other) == [f"You are now a student of class {code}."]
