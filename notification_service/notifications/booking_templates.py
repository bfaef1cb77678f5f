"""What notifications about booked lessons are about; see `templates`."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfBookings(Template):
    study_session_id: UUID
    session_code: str


class LessonBooked(_OfBookings):
    """To the teacher who was booked."""

    kind: ClassVar[str] = "lesson_booked"
    person_field: ClassVar[str] = "student_id"

    booking_id: UUID
    lesson_id: UUID
    student_id: UUID
    starts_at: datetime


class BookingMoved(_OfBookings):
    """To the student."""

    kind: ClassVar[str] = "booking_moved"

    booking_id: UUID
    lesson_id: UUID
    starts_at: datetime


class BookingCancelled(_OfBookings):
    """To the one of the two who has not done it."""

    kind: ClassVar[str] = "booking_cancelled"

    booking_id: UUID
    lesson_id: UUID


class CreditGranted(_OfBookings):
    """To the student."""

    kind: ClassVar[str] = "credit_granted"

    credit_id: UUID
    expires_at: datetime


class RescheduleAsked(_OfBookings):
    """To the teacher. The reason is not in it."""

    kind: ClassVar[str] = "reschedule_asked"
    person_field: ClassVar[str] = "student_id"

    reschedule_id: UUID
    lesson_id: UUID
    student_id: UUID


class RescheduleDecided(_OfBookings):
    """To the student. `state` is accepted or declined."""

    kind: ClassVar[str] = "reschedule_decided"

    reschedule_id: UUID
    lesson_id: UUID
    state: str
