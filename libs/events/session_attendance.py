"""Events of session_service about attendance. Ids and states only."""

from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class AttendanceEvent(SessionEvent):
    """Base: something about one student's part in one lesson. `state` is `present`, `late`,
    `left_early`, `excused` or `absent`.
    """

    key_field: ClassVar[str] = "attendance_id"

    attendance_id: UUID
    lesson_id: UUID
    student_id: UUID
    state: str


class AttendanceRecorded(AttendanceEvent):
    """A student's part in a lesson is known, or known better."""

    type: ClassVar[str] = "studyzed.attendance.recorded"


class AttendanceCorrected(AttendanceEvent):
    """A tutor has changed what was known of a student's part in a lesson; nothing but another
    correction changes it from now on.
    """

    type: ClassVar[str] = "studyzed.attendance.corrected"
