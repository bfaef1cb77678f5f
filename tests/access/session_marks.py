"""Rights about marks."""

from tests.access.session_rights import TUTORS_ONLY, answers, of_one_student, taught
from tests.access.table import Row

ROWS = [
    Row(
        "POST",
        "/v1/submissions/{submission_id}/marks",
        answers(404, **taught(201), **TUTORS_ONLY),
        body={"points": 5},
    ),
    Row("GET", "/v1/submissions/{submission_id}/mark", answers(404, **of_one_student(200))),
]
