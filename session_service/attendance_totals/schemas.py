"""What clients get about totals."""

from uuid import UUID

from libs.schemas import Schema


class TotalsOut(Schema):
    """How often a student of a class was what, in lessons that are over. `id` is the student's."""

    id: UUID
    student_name: str | None
    present: int
    late: int
    left_early: int
    excused: int
    absent: int
    minutes: int
