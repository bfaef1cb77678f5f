"""Rights about tasks and the work on them."""

from typing import Any

from tests.access.session_rights import TUTORS_ONLY, answers, of_one_student, seen, taught
from tests.access.table import Row
from tests.session_service.world import World

TASK = {
    "study_session_id": "{study_session_id}",
    "title": "Fractions",
    "due_at": "2999-01-01T00:00:00Z",
}

ROWS = [
    Row("POST", "/v1/tasks", answers(404, **taught(201), **TUTORS_ONLY), body=TASK),
    Row("GET", "/v1/tasks", answers(200)),
    Row("GET", "/v1/tasks/{task_id}", answers(404, **seen(200))),
    Row(
        "POST",
        "/v1/tasks/{task_id}/submissions",
        answers(403, student=404, observer=404, member=201),
        body={"body": "x"},
    ),
    Row("GET", "/v1/tasks/{task_id}/submissions", answers(404, **seen(200))),
    Row("GET", "/v1/submissions/{submission_id}", answers(404, **of_one_student(200))),
]


async def values(made: World, of: dict[str, Any]) -> dict[str, str]:
    """A task with the member's work, which has marks."""
    task = await made.task(of)
    work = await made.post(made.student, f"/v1/tasks/{task['id']}/submissions", {"body": "x"})
    await made.post(made.tutor, f"/v1/submissions/{work['id']}/marks", {"points": 3})
    return {"task_id": task["id"], "submission_id": work["id"]}
