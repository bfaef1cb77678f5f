"""Events of session_service about lessons that students book. Ids and codes only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class CreditGranted(SessionEvent):
    """A student may book a make-up lesson until `expires_at`."""

    type: ClassVar[str] = "studyzed.credit.granted"
    key_field: ClassVar[str] = "credit_id"

    credit_id: UUID
    student_id: UUID
    granted_by: UUID
    expires_at: datetime


class BookingEvent(SessionEvent):
    """Base: something that happened to a lesson that a student has booked with a teacher."""

    key_field: ClassVar[str] = "booking_id"

    booking_id: UUID
    lesson_id: UUID
    tutor_id: UUID
    student_id: UUID


class BookingMade(BookingEvent):
    """A student has booked a lesson with a teacher of the class."""

    type: ClassVar[str] = "studyzed.booking.made"

    starts_at: datetime


class BookingMoved(BookingEvent):
    """A booked lesson is held at another time."""

    type: ClassVar[str] = "studyzed.booking.moved"

    starts_at: datetime


class BookingCancelled(BookingEvent):
    """A booked lesson is called off, `by` its student or a teacher."""

    type: ClassVar[str] = "studyzed.booking.cancelled"

    by: UUID


class RescheduleRequested(SessionEvent):
    """A student asks for another time for a lesson."""

    type: ClassVar[str] = "studyzed.reschedule.requested"
    key_field: ClassVar[str] = "reschedule_id"

    reschedule_id: UUID
    lesson_id: UUID
    tutor_id: UUID
    student_id: UUID


class RescheduleDecided(RescheduleRequested):
    """A teacher has answered such a request: `state` is accepted or declined."""

    type: ClassVar[str] = "studyzed.reschedule.decided"

    state: str
