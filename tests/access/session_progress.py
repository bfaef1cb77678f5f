"""Rights on progress, streaks, leaderboards and the list of students at risk."""

from typing import Any

from tests.access.session_rights import (
    CLASS,
    SEEN,
    TUTORS_ONLY,
    answers,
    helped,
    of_one_student,
)
from tests.access.table import Row
from tests.session_service.world import World

STUDENTS_ONLY = answers(
    404, member=204, tutor=403, admin=403, owner=403, co_tutor=403, assistant=403
)

ROWS = [
    Row("GET", "/v1/progress", answers(200)),
    Row("GET", f"{CLASS}/progress", SEEN),
    Row("GET", f"{CLASS}/progress-summary", SEEN),
    Row("GET", f"{CLASS}/progress-trend", SEEN),
    Row("GET", f"{CLASS}/progress/{{student_id}}", answers(404, **of_one_student(200))),
    Row("GET", f"{CLASS}/progress-rows", SEEN, query="?of=due"),
    Row("GET", f"{CLASS}/charts/class", answers(404, **helped(202))),
    Row("GET", f"{CLASS}/charts/students/{{student_id}}", answers(404, **of_one_student(202))),
    Row("GET", f"{CLASS}/leaderboard", SEEN),
    Row("PUT", f"{CLASS}/leaderboard/opt-out", STUDENTS_ONLY, body={"opted_out": True}),
    Row("GET", f"{CLASS}/streaks", SEEN),
    Row("GET", f"{CLASS}/streaks/{{student_id}}", answers(404, **of_one_student(200))),
    Row("GET", f"{CLASS}/at-risk", answers(404, **helped(200), **TUTORS_ONLY)),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """Nothing but what is there."""
    del of
    return {"student_id": str(made.student.id)}
