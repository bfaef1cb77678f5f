"""What clients send and get about attendance, and the jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from libs.jobs import Job
from libs.schemas import PLAIN, Schema


class AttendanceState(StrEnum):
    """How a student took part. Late and left early are ways of being present; somebody may be
    both, and is called late then (`came_late`, `left_early` tell both). Too little of a lesson is
    no presence: absent.
    """

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    EXCUSED = "excused"
    ABSENT = "absent"


class Source(StrEnum):
    """Who says so: the call, the tutor, or the student by a code that the tutor showed, typed or
    scanned.
    """

    CALL = "call"
    TUTOR = "tutor"
    CODE = "code"
    QR = "qr"


class AttendanceMark(Schema):
    """The tutor's word, which stands whatever a call says later. Whoever changes what was known
    already says why.
    """

    state: AttendanceState
    reason: Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)] = ""


class AttendanceOut(Schema):
    """One student's part in one lesson. `minutes` are those in the call, within the lesson's time;
    null without a call. `source` is null when nobody says anything, so that the student counts as
    absent. `override` marks the tutor's word. The name is null for students, and until it is
    known here.
    """

    id: UUID
    lesson_id: UUID
    study_session_id: UUID
    student_id: UUID
    student_name: str | None
    starts_at: datetime
    state: AttendanceState
    came_late: bool
    left_early: bool
    minutes: int | None
    source: Source | None
    override: bool
    updated_at: datetime


class CorrectionOut(Schema):
    """The tutor's word at one time: who, when, from what (null: nothing was known), to what, and
    why.
    """

    id: UUID
    changed_by: UUID
    changed_at: datetime
    from_state: AttendanceState | None
    to_state: AttendanceState
    reason: str | None


class CloseLessons(Job):
    """Note as absent who did not come to lessons that are over; from the schedule."""

    type: ClassVar[str] = "session.attendance.close_lessons"
